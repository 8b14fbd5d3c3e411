using System.Collections.Concurrent;
using Chat.Conformance.Life;
using Chat.Conformance.Streams;
using Orleans;
using Orleans.Chaos;
using Orleans.Hosting;
using Orleans.Streams;
using Orleans.TestingHost;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Embedded;

public interface IOrderGrain : IGrainWithStringKey
{
    Task Put(int number);

    Task<int[]> Order();
}

public sealed class OrderGrain : Grain, IOrderGrain
{
    private readonly List<int> _order = [];

    public Task Put(int number)
    {
        _order.Add(number);
        return Task.CompletedTask;
    }

    public Task<int[]> Order() => Task.FromResult(_order.ToArray());
}

public sealed class ChaosTests
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task Calls_that_are_not_awaited_overtake_each_other()
    {
        await using var cluster = await Deploy(_ => { });
        var grain = cluster.Client.GetGrain<IOrderGrain>(_name);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(grain.Put));
        var order = await grain.Order();
        order.Order().ShouldBe(Enumerable.Range(0, 100));
        order.ShouldNotBe(Enumerable.Range(0, 100));
    }

    [Fact]
    public async Task A_reply_is_lost_after_the_call_was_executed()
    {
        await using var cluster = await Deploy(options => options.LoseReply = 1);
        await Should.ThrowAsync<TimeoutException>(() => cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation());
        Signals.CountOf($"{_name}/activated").ShouldBe(1);
    }

    [Fact]
    public async Task Activations_are_killed_between_calls()
    {
        await using var cluster = await Deploy(options => options.KillActivation = 1);
        var grain = cluster.Client.GetGrain<ILifeGrain>(_name);
        var incarnations = new HashSet<Guid>();
        for (var call = 0; call < 5; call++)
        {
            incarnations.Add(await grain.Incarnation());
        }

        incarnations.Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Stream_events_are_lost_and_doubled()
    {
        await using var cluster = await Deploy(options => (options.DropStreamEvent, options.DoubleStreamEvent) = (0.3, 0.3));
        var received = new ConcurrentQueue<int>();
        var stream = cluster.Client.GetStreamProvider(ConformanceCluster.Streams).GetStream<Parcel>("parcels", _name);
        await stream.SubscribeAsync((parcel, _) =>
        {
            received.Enqueue(parcel.Number);
            Signals.Raise($"{_name}/{parcel.Number}");
            return Task.CompletedTask;
        });
        for (var number = 0; number < 100; number++)
        {
            await stream.OnNextAsync(new Parcel { Number = number });
        }

        // Which ones survive is the seed's choice, and the same in each run.
        var last = Enumerable.Range(0, 30).Select(number => Signals.Raised($"{_name}/{99 - number}"));
        await Task.WhenAny(last);
        received.Distinct().Count().ShouldBeInRange(40, 99);
        received.Count.ShouldBeGreaterThan(received.Distinct().Count());
    }

    private static async Task<InProcessTestCluster> Deploy(Action<ChaosOptions> configure)
    {
        var cluster = ConformanceCluster.Build(silo => silo.Configure<ChaosOptions>(options =>
        {
            options.Enabled = true;
            configure(options);
        }));
        await cluster.DeployAsync();
        return cluster;
    }
}
