using Orleans.Calls;
using Orleans.Copying;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A provider as seen by a silo's grains or by a client.</summary>
internal sealed class MemoryStreamProvider(string name, CallRouter router) : IStreamProvider
{
    public string Name => name;

    public bool IsRewindable => false;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(name, router, streamId);
}

internal sealed class MemoryStream<T>(string provider, CallRouter router, StreamId streamId) : IAsyncStream<T>
{
    public bool IsRewindable => false;

    public string ProviderName => provider;

    public StreamId StreamId => streamId;

    private StreamHub Hub => router.RunningSilo.StreamsOf(provider);

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => Publish([item]);

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) => Publish(batch);

    public Task OnErrorAsync(Exception ex) => throw new NotSupportedException("OnErrorAsync by a producer: memory streams do not carry it.");

    public Task OnCompletedAsync() => throw new NotSupportedException("OnCompletedAsync by a producer: memory streams do not carry it.");

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => Subscribe(new OneByOne<T>(observer));

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null) =>
        token is null ? Subscribe(new OneByOne<T>(observer)) : throw NoRewind();

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => Subscribe(new InBatches<T>(observer));

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        token is null ? Subscribe(new InBatches<T>(observer)) : throw NoRewind();

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        var hub = Hub;
        IList<StreamSubscriptionHandle<T>> handles = hub.Room(streamId).Subscriptions.Where(IsMine).Select(each => new SubscriptionHandle<T>(hub, each)).ToArray();
        return Task.FromResult(handles);
    }

    public bool Equals(IAsyncStream<T>? other) => other is not null && other.StreamId == streamId && string.Equals(other.ProviderName, provider, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => streamId.GetHashCode();

    internal static NotSupportedException NoRewind() => new("Rewinding a stream: the embedded engine's memory streams deliver what is new.");

    private Task Publish(IEnumerable<T> items)
    {
        try
        {
            Hub.Publish(streamId, items.Select(item => (object?)Copier<T>.Copy(item)).ToArray());
            return Task.CompletedTask;
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    private Task<StreamSubscriptionHandle<T>> Subscribe(StreamConsumer consumer)
    {
        var hub = Hub;
        if (RuntimeContext.Current is not { } activation)
        {
            hub.Subscribe(streamId, room => new ClientSubscription(hub, room, StreamRoom.NewHandleId(), router, consumer), out var ofClient);
            return Task.FromResult<StreamSubscriptionHandle<T>>(new SubscriptionHandle<T>(hub, ofClient));
        }

        var subscription = Array.Find(hub.Room(streamId).Subscriptions, each => each is GrainSubscription { IsImplicit: true } && IsMine(each));
        if (subscription is null)
        {
            hub.Subscribe(streamId, room => new GrainSubscription(hub, room, StreamRoom.NewHandleId(), activation.GrainId), out subscription);
        }

        // Events come in turns of this grain: none can come before this one ends.
        StreamConsumers.Of(activation)[subscription.HandleId] = consumer;
        return Task.FromResult<StreamSubscriptionHandle<T>>(new SubscriptionHandle<T>(hub, subscription));
    }

    private bool IsMine(Subscription subscription) => subscription switch
    {
        GrainSubscription grain => RuntimeContext.Current?.GrainId == grain.GrainId,
        ClientSubscription client => RuntimeContext.Current is null && client.Client == router,
        _ => false,
    };
}

internal sealed class SubscriptionHandle<T>(StreamHub hub, Subscription subscription) : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => subscription.Room.Id;

    public override string ProviderName => hub.Provider;

    public override Guid HandleId => subscription.HandleId;

    public override Task UnsubscribeAsync()
    {
        if (subscription.IsImplicit)
        {
            throw new InvalidOperationException("An implicit subscription cannot be ended.");
        }

        subscription.End();
        if (RuntimeContext.Current is { } activation)
        {
            StreamConsumers.Of(activation).Remove(HandleId);
        }

        return Task.CompletedTask;
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) =>
        Resume(new OneByOne<T>(observer), token);

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) =>
        Resume(new InBatches<T>(observer), token);

    private Task<StreamSubscriptionHandle<T>> Resume(StreamConsumer consumer, StreamSequenceToken? token)
    {
        if (token is not null)
        {
            throw MemoryStream<T>.NoRewind();
        }

        if (subscription is ClientSubscription client)
        {
            client.Consumer = consumer;
        }
        else
        {
            StreamConsumers.Of(RuntimeContext.Current ?? throw new InvalidOperationException("A grain's subscription is resumed in its grain."))[HandleId] = consumer;
        }

        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}
