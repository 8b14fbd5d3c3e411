using Orleans;
using Orleans.Hosting;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Calls;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<int> Double(int value);

    Task<int> Fail();
}

public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public Task<int> Double(int value) => Task.FromResult(value * 2);

    public Task<int> Fail() => throw new InvalidOperationException("failed");

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        FilterTests.Log(context.TargetId.Key.ToString(), "own");
        await context.Invoke();
    }
}

public sealed class FilterTests
{
    private static readonly System.Collections.Concurrent.ConcurrentQueue<(string Key, string Step)> Steps = new();
    private readonly string _name = Signals.NewName();

    internal static void Log(string key, string step) => Steps.Enqueue((key, step));

    [Fact]
    public async Task Filters_wrap_a_call_in_their_order()
    {
        await using var cluster = await Deploy();
        (await cluster.Client.GetGrain<IFilteredGrain>(_name).Double(4)).ShouldBe(9);
        Steps.Where(each => string.Equals(each.Key, _name, StringComparison.Ordinal)).Select(each => each.Step)
            .ShouldBe(["first Double 4", "second", "own", "second done", "first done 8"]);
    }

    [Fact]
    public async Task A_filter_sees_a_failure_and_passes_it_on()
    {
        await using var cluster = await Deploy();
        await Should.ThrowAsync<InvalidOperationException>(() => cluster.Client.GetGrain<IFilteredGrain>(_name).Fail());
        Steps.ShouldContain((_name, "first failed"));
    }

    private static async Task<Orleans.TestingHost.InProcessTestCluster> Deploy()
    {
        var cluster = ConformanceCluster.Build(silo => silo
            .AddIncomingGrainCallFilter(First)
            .AddIncomingGrainCallFilter(Second));
        await cluster.DeployAsync();
        return cluster;
    }

    private static async Task First(IIncomingGrainCallContext context)
    {
        if (context.Grain is not FilteredGrain)
        {
            await context.Invoke();
            return;
        }

        var key = context.TargetId.Key.ToString();
        Log(key!, $"first {context.MethodName} {(context.Request.GetArgumentCount() > 0 ? context.Request.GetArgument(0) : "")}");
        try
        {
            await context.Invoke();
        }
        catch (InvalidOperationException)
        {
            Log(key!, "first failed");
            throw;
        }

        Log(key!, $"first done {context.Result}");
        context.Result = (int)context.Result! + 1;
    }

    private static async Task Second(IIncomingGrainCallContext context)
    {
        if (context.Grain is not FilteredGrain)
        {
            await context.Invoke();
            return;
        }

        Log(context.TargetId.Key.ToString()!, "second");
        await context.Invoke();
        Log(context.TargetId.Key.ToString()!, "second done");
    }
}
