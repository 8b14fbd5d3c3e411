using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>A queue per listener: in order, one delivery at a time, again after a failure until the delivery time is over.</summary>
internal abstract partial class Subscription(StreamHub hub, StreamRoom room, Guid handleId) : IThreadPoolWorkItem
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Queue<StreamEvent> _events = new();
    private bool _pumping;
    private bool _ended;

    public Guid HandleId => handleId;

    public StreamRoom Room => room;

    public bool IsImplicit { get; init; }

    public int Waiting => _events.Count;

    protected StreamHub Hub => hub;

    public void Enqueue(StreamEvent published)
    {
        lock (_gate)
        {
            _events.Enqueue(published);
            if (_pumping)
            {
                return;
            }

            _pumping = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void End()
    {
        room.Remove(this);
        lock (_gate)
        {
            _ended = true;
            _events.Clear();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = Pump();

    protected abstract Task Deliver(StreamEvent[] events);

    protected abstract Task Report(Exception error);

    private async Task Pump()
    {
        while (Take() is { Length: > 0 } events)
        {
            await DeliverWithRetries(events).ConfigureAwait(false);
        }
    }

    private async Task DeliverWithRetries(StreamEvent[] events)
    {
        var time = hub.Silo.Time;
        var start = time.GetTimestamp();
        var delay = FirstRetry;
        while (!_ended && hub.Silo.IsRunning)
        {
            try
            {
                await Deliver(events).ConfigureAwait(false);
                return;
            }
            catch (Exception error)
            {
                Log.DeliveryFailed(hub.Silo.Logger, error, room.Id);
                if (time.GetElapsedTime(start) + delay >= hub.Options.MaxEventDeliveryTime)
                {
                    await Skip(error).ConfigureAwait(false);
                    return;
                }
            }

            await Task.Delay(delay, time).ConfigureAwait(false);
            delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry;
        }
    }

    private async Task Skip(Exception error)
    {
        try
        {
            await Report(new StreamEventDeliveryFailureException(room.Id, error)).ConfigureAwait(false);
        }
        catch (Exception second)
        {
            Log.DeliveryFailed(hub.Silo.Logger, second, room.Id);
        }
    }

    private StreamEvent[] Take()
    {
        lock (_gate)
        {
            var events = new List<StreamEvent>();
            while (events.Count < hub.Options.BatchContainerBatchSize && _events.TryDequeue(out var next))
            {
                events.Add(next);
            }

            _pumping = events.Count > 0;
            return events.ToArray();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A consumer of stream {StreamId} failed")]
        public static partial void DeliveryFailed(ILogger logger, Exception error, StreamId streamId);
    }
}

[GenerateSerializer]
public sealed class StreamEventDeliveryFailureException(StreamId streamId, Exception? innerException)
    : OrleansException($"Stream provider failed to deliver an event. StreamId: {streamId}", innerException);

/// <summary>Belongs to a client and ends with it.</summary>
internal sealed class ClientSubscription(StreamHub hub, StreamRoom room, Guid handleId, CallRouter client, StreamConsumer consumer) : Subscription(hub, room, handleId)
{
    public CallRouter Client => client;

    public StreamConsumer Consumer { get; set; } = consumer;

    protected override Task Deliver(StreamEvent[] events) => Consumer.Deliver(events);

    protected override Task Report(Exception error) => Consumer.Report(error);
}

/// <summary>Belongs to a grain, and wakes it; each activation attaches its own consumer.</summary>
internal sealed class GrainSubscription(StreamHub hub, StreamRoom room, Guid handleId, GrainId grainId) : Subscription(hub, room, handleId)
{
    public GrainId GrainId => grainId;

    protected override Task Deliver(StreamEvent[] events) => InGrain(consumer => consumer.Deliver(events));

    protected override Task Report(Exception error) => InGrain(consumer => consumer.Report(error));

    private Task InGrain(Func<StreamConsumer, Task> deliver)
    {
        var call = new LocalCall(() => Find(deliver), interleave: false, keepsAlive: true, canMove: true) { Target = new(grainId, Hub.Silo.Router) };
        Hub.Silo.Send(call);
        return call.Promise;
    }

    private async Task Find(Func<StreamConsumer, Task> deliver)
    {
        var activation = RuntimeContext.Current!;
        var consumers = StreamConsumers.Of(activation);
        if (!consumers.TryGetValue(HandleId, out var consumer) && activation.GrainInstance is IStreamSubscriptionObserver observer)
        {
            await observer.OnSubscribed(new HandleFactory(Hub, this));
            consumers.TryGetValue(HandleId, out consumer);
        }

        // An activation that did not resume its subscription does not get the event.
        await (consumer is null ? Task.CompletedTask : deliver(consumer));
    }

    private sealed class HandleFactory(StreamHub hub, GrainSubscription subscription) : IStreamSubscriptionHandleFactory
    {
        public string ProviderName => hub.Provider;

        public StreamId StreamId => subscription.Room.Id;

        public StreamSubscriptionHandle<T> Create<T>() => new SubscriptionHandle<T>(hub, subscription);
    }
}
