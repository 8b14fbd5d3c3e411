using Chat.Conformance.Copying;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;
using Orleans.TestingHost;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Embedded;

[GenerateSerializer]
public sealed class Forgetful
{
    [Id(0)]
    public int Kept { get; set; }

    public int Lost { get; set; }
}

[GenerateSerializer, Immutable]
public sealed record Holder([property: Id(0)] Unmarked? Held);

/// <summary>Where this engine says no, and where it is stricter than Orleans is.</summary>
public sealed class LimitTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private ICopyGrain Grain => fixture.Client.GetGrain<ICopyGrain>(_name);

    [Fact]
    public void A_second_silo_is_refused_by_name() =>
        Should.Throw<NotSupportedException>(() => new InProcessTestClusterBuilder(2)).Message.ShouldContain("silo");

    [Fact]
    public void A_client_in_another_process_is_refused_by_name() =>
        Should.Throw<NotSupportedException>(() => Host.CreateEmptyApplicationBuilder(new()).UseOrleansClient(_ => { })).Message.ShouldContain("client");

    [Fact]
    public async Task A_member_that_would_be_lost_is_refused() =>
        (await Should.ThrowAsync<CodecNotFoundException>(() => Grain.Return(new Forgetful()))).Message.ShouldContain(nameof(Forgetful.Lost));

    [Fact]
    public async Task An_immutable_type_is_looked_into() =>
        (await Should.ThrowAsync<CodecNotFoundException>(() => Grain.Return(new Holder(Held: null)))).Message.ShouldContain(nameof(Unmarked));

    [Fact]
    public async Task The_compilers_own_collections_are_refused() =>
        await Should.ThrowAsync<CodecNotFoundException>(() => Grain.Sum([1, 2, 3]));

    [Fact]
    public async Task A_silo_that_is_killed_fails_its_calls_and_tells_no_grain()
    {
        await using var cluster = ConformanceCluster.Build();
        await cluster.DeployAsync();
        var running = cluster.Client.GetGrain<Life.ILifeGrain>(_name).HoldThenDeactivate(_name);
        await Signals.Raised($"{_name}/started");
        await cluster.KillSiloAsync(cluster.Silos[0]);
        await Should.ThrowAsync<SiloUnavailableException>(running);
        await Should.ThrowAsync<SiloUnavailableException>(() => cluster.Client.GetGrain<Life.ILifeGrain>(_name).Incarnation());
        Signals.Raise($"{_name}/release");
        Signals.IsRaised($"{_name}/deactivated").ShouldBeFalse();
    }

    [Fact]
    public async Task A_stream_whose_listener_hangs_refuses_its_producer()
    {
        var stream = fixture.Client.GetStreamProvider(ConformanceCluster.Streams).GetStream<int>("numbers", _name);
        await stream.SubscribeAsync((_, _) => Signals.Raised($"{_name}/release"));
        await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            for (var number = 0; number < 20_000; number++)
            {
                await stream.OnNextAsync(number);
            }
        });
        Signals.Raise($"{_name}/release");
    }
}
