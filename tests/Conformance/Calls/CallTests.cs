using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.TestingHost;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Calls;

public sealed class CallTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private ICallGrain Grain => fixture.Client.GetGrain<ICallGrain>(_name);

    [Fact]
    public async Task A_marked_exception_arrives_with_its_properties()
    {
        var error = await Should.ThrowAsync<MarkedException>(() => Grain.ThrowMarked());
        error.Message.ShouldBe("marked");
        error.Code.ShouldBe(7);
        error.StackTrace!.ShouldContain(nameof(CallGrain.ThrowMarked));
    }

    [Fact]
    public async Task An_unmarked_exception_arrives_as_one_that_names_its_type() =>
        (await Should.ThrowAsync<CodecNotFoundException>(() => Grain.ThrowUnmarked())).Message.ShouldContain(nameof(UnmarkedException));

    [Fact]
    public async Task An_exception_of_the_platform_arrives_as_it_is() =>
        (await Should.ThrowAsync<ArgumentException>(() => Grain.ThrowArgument())).Message.ShouldContain("message");

    [Fact]
    public async Task An_exception_before_the_first_await_arrives() =>
        await Should.ThrowAsync<InvalidOperationException>(() => Grain.ThrowAtOnce());

    [Fact]
    public async Task A_grain_that_gives_up_looks_cancelled()
    {
        var call = Grain.ThrowCancelled();
        await Should.ThrowAsync<OperationCanceledException>(call);
        call.Status.ShouldBe(TaskStatus.Canceled);
    }

    [Fact]
    public async Task An_exception_between_grains_arrives_like_one_of_the_client() =>
        (await Should.ThrowAsync<MarkedException>(() => Grain.ThrowMarkedInNext())).Code.ShouldBe(7);

    [Fact]
    public async Task An_unmarked_inner_exception_is_refused_too() =>
        await Should.ThrowAsync<CodecNotFoundException>(() => Grain.ThrowUnmarkedInside());

    [Fact]
    public async Task A_one_way_call_is_over_for_its_caller_at_once()
    {
        await Grain.Fire(_name);
        Signals.IsRaised($"{_name}/ran").ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        await Signals.Raised($"{_name}/ran");
    }

    [Fact]
    public async Task A_failure_of_a_one_way_call_reaches_nobody()
    {
        await Grain.FireAndFail(_name);
        await Signals.Raised($"{_name}/ran");
    }

    [Fact]
    public async Task A_call_that_takes_too_long_times_out_and_goes_on()
    {
        await Should.ThrowAsync<TimeoutException>(() => Grain.Slow(_name));
        Signals.Raise($"{_name}/release");
        await Signals.Raised($"{_name}/ran");
    }

    [Fact]
    public async Task Value_tasks_are_answered()
    {
        (await Grain.Quick(1)).ShouldBe(2);
        await Grain.Quiet();
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_is_not_made()
    {
        await Should.ThrowAsync<OperationCanceledException>(() => Grain.Wait(_name, new CancellationToken(canceled: true)));
        await Grain.Quick(1);
        Signals.IsRaised($"{_name}/started").ShouldBeFalse();
    }

    [Fact]
    public async Task Cancelling_frees_the_caller_and_tells_the_grain()
    {
        using var source = new CancellationTokenSource();
        var call = Grain.Wait(_name, source.Token);
        await Signals.Raised($"{_name}/started");
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Signals.Raised($"{_name}/cancelled");
        Signals.Raise($"{_name}/release");
    }

    [Fact]
    public async Task Cancelling_reaches_through_a_chain()
    {
        using var source = new CancellationTokenSource();
        var call = Grain.Forward(_name, source.Token);
        await Signals.Raised($"{_name}/started");
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Signals.Raised($"{_name}/cancelled");
        Signals.Raise($"{_name}/release");
    }

    [Fact]
    public async Task The_request_context_flows_down_and_not_back()
    {
        RequestContext.Set("key", "value");
        (await Grain.ContextValue("key")).ShouldBe("value");
        (await Grain.ContextValueOfNext("key")).ShouldBe("value");
        await Grain.ChangeContext("key");
        RequestContext.Get("key").ShouldBe("value");
        RequestContext.Clear();
        (await Grain.ContextValue("key")).ShouldBeNull();
    }

    [Fact]
    public async Task More_waiting_calls_than_the_limit_are_refused()
    {
        await using var cluster = ConformanceCluster.Build(silo => silo.Configure<SiloMessagingOptions>(options => options.MaxEnqueuedRequestsHardLimit = 2));
        await cluster.DeployAsync();
        var grain = cluster.Client.GetGrain<Turns.IPlainGrain>(_name);
        var held = grain.Hold(_name);
        await Signals.Raised($"{_name}/started");
        var waiting = Enumerable.Range(0, 20).Select(_ => grain.Plain(_name)).ToArray();
        await Should.ThrowAsync<LimitExceededException>(() => Task.WhenAll(waiting.Select(each => each.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System))));
        Signals.Raise($"{_name}/release");
        await held;
        waiting.Count(each => each.IsFaulted).ShouldBeGreaterThanOrEqualTo(17);
    }

    [Fact]
    public async Task An_outgoing_filter_sees_the_calls_of_the_client()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureClient(client => client.AddOutgoingGrainCallFilter(async context =>
        {
            RequestContext.Set("key", context.MethodName);
            await context.Invoke();
        }));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        (await cluster.Client.GetGrain<ICallGrain>(_name).ContextValue("key")).ShouldBe(nameof(ICallGrain.ContextValue));
    }

    [Fact]
    public void Two_classes_for_an_interface_are_ambiguous() =>
        Should.Throw<ArgumentException>(() => fixture.Client.GetGrain<IAmbiguous>(_name));

    [Fact]
    public async Task A_class_name_prefix_tells_two_classes_apart() =>
        (await fixture.Client.GetGrain<IAmbiguous>(_name, typeof(SecondAmbiguousGrain).FullName).Which()).ShouldBe("second");

    [Fact]
    public async Task Keys_arrive_as_they_were_given()
    {
        var id = Guid.CreateVersion7();
        (await fixture.Client.GetGrain<IGuidKeyed>(id).Key()).ShouldBe(id.ToString());
        (await fixture.Client.GetGrain<IIntegerKeyed>(-5).Key()).ShouldBe("-5");
        (await fixture.Client.GetGrain<ICompoundKeyed>(5, "more").Key()).ShouldBe("5:more");
    }

    [Fact]
    public void References_to_one_grain_are_equal()
    {
        Grain.ShouldBe(fixture.Client.GetGrain<ICallGrain>(_name));
        Grain.ShouldNotBe(fixture.Client.GetGrain<ICallGrain>(_name + "/other"));
        Grain.GetGrainId().ToString().ShouldBe($"call/{_name}");
    }
}
