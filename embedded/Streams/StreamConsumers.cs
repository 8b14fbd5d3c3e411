using Orleans.Activations;
using Orleans.Copying;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The consumers that an activation has attached, by handle.</summary>
internal sealed class StreamConsumers : Dictionary<Guid, StreamConsumer>
{
    public static StreamConsumers Of(Activation activation)
    {
        if (activation.GetComponent<StreamConsumers>() is not { } consumers)
        {
            consumers = [];
            activation.SetComponent(consumers);
        }

        return consumers;
    }
}

internal abstract class StreamConsumer
{
    public abstract Task Deliver(StreamEvent[] events);

    public abstract Task Report(Exception error);

    /// <summary>Each delivery hands out copies: consumers share nothing.</summary>
    protected static IEnumerable<SequentialItem<T>> Items<T>(StreamEvent[] events) =>
        events.SelectMany(each => each.Items.Select((item, index) => new SequentialItem<T>(Copier<T>.Copy((T)item!), new EventToken(each.Sequence, index))));
}

internal sealed class OneByOne<T>(IAsyncObserver<T> observer) : StreamConsumer
{
    public override async Task Deliver(StreamEvent[] events)
    {
        foreach (var item in Items<T>(events))
        {
            await observer.OnNextAsync(item.Item, item.Token);
        }
    }

    public override Task Report(Exception error) => observer.OnErrorAsync(error);
}

internal sealed class InBatches<T>(IAsyncBatchObserver<T> observer) : StreamConsumer
{
    public override Task Deliver(StreamEvent[] events) => observer.OnNextAsync(Items<T>(events).ToList());

    public override Task Report(Exception error) => observer.OnErrorAsync(error);
}
