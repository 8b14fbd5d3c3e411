using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Activations;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The streams of one provider: who listens, and the queue of each.</summary>
internal sealed class StreamHub(Silo silo, string provider, IOptionsMonitor<StreamPullingAgentOptions> options)
{
    private readonly ConcurrentDictionary<StreamId, StreamRoom> _rooms = new();

    public string Provider => provider;

    public Silo Silo => silo;

    public StreamPullingAgentOptions Options { get; } = options.Get(provider);

    public StreamRoom Room(StreamId id) => _rooms.GetOrAdd(id, static (id, hub) => new StreamRoom(hub, id), this);

    public void Publish(StreamId id, object?[] items)
    {
        if (_rooms.ContainsKey(id) || GrainClasses.ListeningTo(id.GetNamespace()).Count > 0)
        {
            Room(id).Publish(items);
        }
    }

    public void Subscribe(StreamId id, Func<StreamRoom, Subscription> make, out Subscription subscription)
    {
        do
        {
            subscription = make(Room(id));
        }
        while (!subscription.Room.TryAdd(subscription));
    }

    /// <summary>A stream that nobody listens to costs nothing.</summary>
    public void Close(StreamRoom room) => _rooms.TryRemove(new(room.Id, room));
}

/// <summary>One stream.</summary>
internal sealed class StreamRoom
{
    private const int MaxWaitingEvents = 16_384;
    private readonly StreamHub _hub;
    private readonly Lock _gate = new();
    private Subscription[] _subscriptions = [];
    private long _sequence;
    private bool _closed;

    public StreamRoom(StreamHub hub, StreamId id)
    {
        _hub = hub;
        Id = id;
        foreach (var grainClass in GrainClasses.ListeningTo(id.GetNamespace()))
        {
            TryAdd(new GrainSubscription(hub, this, Guid.CreateVersion7(), GrainId.Create(grainClass, id.GetKeyAsString())) { IsImplicit = true });
        }
    }

    public StreamId Id { get; }

    public Subscription[] Subscriptions => Volatile.Read(ref _subscriptions);

    public static Guid NewHandleId() => new(RandomNumberGenerator.GetBytes(16));

    public bool TryAdd(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _subscriptions = [.. _subscriptions, subscription];
            }

            return !_closed;
        }
    }

    public void Remove(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = _subscriptions.Where(each => each != subscription).ToArray();
            _closed = _subscriptions.Length == 0;
            if (_closed)
            {
                _hub.Close(this);
            }
        }
    }

    /// <summary>Accepted by every listener's queue, or by none.</summary>
    public void Publish(object?[] items)
    {
        lock (_gate)
        {
            if (Array.Find(_subscriptions, subscription => subscription.Waiting >= MaxWaitingEvents) is { } full)
            {
                throw new InvalidOperationException($"The queue of stream {Id} is full: {full.Waiting} events wait for a subscription.");
            }

            var published = new StreamEvent(items, ++_sequence);
            foreach (var subscription in _subscriptions)
            {
                if (_hub.Silo.Chaos is { } chaos)
                {
                    if (chaos.DropsEvent)
                    {
                        continue;
                    }

                    if (chaos.DoublesEvent)
                    {
                        subscription.Enqueue(published);
                    }
                }

                subscription.Enqueue(published);
            }
        }
    }
}

/// <summary>What one call of a producer put into the stream.</summary>
internal sealed record StreamEvent(object?[] Items, long Sequence);

internal sealed class EventToken(long sequence, int index) : StreamSequenceToken
{
    public override long SequenceNumber { get; protected set; } = sequence;

    public override int EventIndex { get; protected set; } = index;

    public override bool Equals(StreamSequenceToken? other) => other is not null && other.SequenceNumber == SequenceNumber && other.EventIndex == EventIndex;

    public override int CompareTo(StreamSequenceToken? other) =>
        other is null ? 1 : (SequenceNumber, EventIndex).CompareTo((other.SequenceNumber, other.EventIndex));
}
