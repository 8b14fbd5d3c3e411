using System.Collections.Concurrent;
using Orleans;
using Orleans.Streams;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Streams;

public sealed class StreamTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();
    private readonly ConcurrentQueue<int> _received = new();

    private IAsyncStream<Parcel> Stream => fixture.Client.GetStreamProvider(ConformanceCluster.Streams).GetStream<Parcel>("parcels", _name);

    [Fact]
    public async Task A_client_gets_every_event_in_order()
    {
        await Stream.SubscribeAsync(Receive);
        for (var number = 1; number <= 100; number++)
        {
            await Stream.OnNextAsync(new Parcel { Number = number });
        }

        await Signals.Counted(_name, 100);
        _received.ShouldBe(Enumerable.Range(1, 100));
    }

    [Fact]
    public async Task A_grain_gets_events_in_its_own_turns()
    {
        await fixture.Client.GetGrain<IConsumerGrain>(_name).Listen();
        await Stream.OnNextAsync(new Parcel { Number = 1 });
        (await Signals.Raised($"{_name}/1")).ShouldBe(true);
    }

    [Fact]
    public async Task An_event_wakes_a_grain_that_resumes_its_subscription()
    {
        var grain = fixture.Client.GetGrain<IConsumerGrain>(_name);
        await grain.Listen();
        await fixture.Cluster.DeactivateAsync(grain);
        await Stream.OnNextAsync(new Parcel { Number = 2 });
        await Signals.Raised($"{_name}/2");
        (await grain.Subscriptions()).ShouldBe(1);
    }

    [Fact]
    public async Task A_late_listener_gets_only_what_is_new()
    {
        await Stream.SubscribeAsync((_, _) =>
        {
            Signals.Count($"{_name}/early");
            return Task.CompletedTask;
        });
        await Stream.OnNextAsync(new Parcel { Number = 1 });
        await Signals.Counted($"{_name}/early", 1);
        await Stream.SubscribeAsync(Receive);
        await Stream.OnNextAsync(new Parcel { Number = 2 });
        await Signals.Counted(_name, 1);
        _received.ShouldBe([2]);
    }

    [Fact]
    public async Task One_who_left_gets_nothing_more()
    {
        var handle = await Stream.SubscribeAsync(Receive);
        await Stream.SubscribeAsync((_, _) =>
        {
            Signals.Count($"{_name}/other");
            return Task.CompletedTask;
        });
        await Stream.OnNextAsync(new Parcel { Number = 1 });
        await Signals.Counted(_name, 1);
        await Signals.Counted($"{_name}/other", 1);
        await handle.UnsubscribeAsync();
        await Stream.OnNextAsync(new Parcel { Number = 2 });
        await Signals.Counted($"{_name}/other", 2);
        _received.ShouldBe([1]);
    }

    [Fact]
    public async Task A_failing_consumer_gets_the_event_again_and_the_next_one_waits()
    {
        await Stream.SubscribeAsync((parcel, token) =>
            parcel.Number == 1 && Signals.Count($"{_name}/attempts") == 1 ? throw new InvalidOperationException("once") : Receive(parcel, token));
        await Stream.OnNextAsync(new Parcel { Number = 1 });
        await Stream.OnNextAsync(new Parcel { Number = 2 });
        await Signals.Counted(_name, 2);
        _received.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task An_event_that_cannot_be_delivered_is_reported_and_skipped()
    {
        await Stream.SubscribeAsync(
            (parcel, token) => parcel.Number == 1 ? throw new InvalidOperationException("always") : Receive(parcel, token),
            error =>
            {
                Signals.Raise($"{_name}/error", error);
                return Task.CompletedTask;
            });
        await Stream.OnNextAsync(new Parcel { Number = 1 });
        await Stream.OnNextAsync(new Parcel { Number = 2 });
        (await Signals.Raised($"{_name}/error")).ShouldBeAssignableTo<Exception>();
        await Signals.Counted(_name, 1);
        _received.ShouldBe([2]);
    }

    [Fact]
    public async Task A_batch_arrives_together()
    {
        await Stream.SubscribeAsync((IList<SequentialItem<Parcel>> items) =>
        {
            Signals.Raise($"{_name}/batch", items.Select(item => item.Item.Number).ToArray());
            return Task.CompletedTask;
        });
        await Stream.OnNextBatchAsync(new[] { new Parcel { Number = 1 }, new Parcel { Number = 2 }, new Parcel { Number = 3 } });
        (await Signals.Raised($"{_name}/batch")).ShouldBe(new[] { 1, 2, 3 });
    }

    [Fact]
    public async Task Listeners_and_producer_share_no_event()
    {
        var parcel = new Parcel { Number = 1 };
        var seen = new ConcurrentBag<Parcel>();
        for (var listener = 1; listener <= 2; listener++)
        {
            await Stream.SubscribeAsync((received, _) =>
            {
                seen.Add(received);
                received.Number += 10;
                Signals.Count(_name);
                return Task.CompletedTask;
            });
        }

        await Stream.OnNextAsync(parcel);
        parcel.Number = 2;
        await Signals.Counted(_name, 2);
        seen.Select(each => each.Number).ShouldBe([11, 11]);
    }

    private Task Receive(Parcel parcel, StreamSequenceToken? token)
    {
        _received.Enqueue(parcel.Number);
        Signals.Count(_name);
        return Task.CompletedTask;
    }
}
