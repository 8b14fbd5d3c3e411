using Chat.Delivery;
using Orleans.Streams;

namespace Chat.Api.Delivery;

/// <summary>One incarnation's ear. Whatever arrives is passed on, hole or not: clients order by sequence.</summary>
internal sealed class StreamListener(EventDispatch dispatch, DegradedNotice degraded, PublisherNumbers numbers) : IAsyncObserver<DeliveryBatch>
{
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an event is known to be lost.</summary>
    public Task Lost => _lost.Task;

    public bool Silent => numbers.Silent();

    public Task OnNextAsync(DeliveryBatch item, StreamSequenceToken? token = null)
    {
        var order = numbers.On(item.Publisher, item.Number, item.Deliveries.Length == 0);
        if (order == BatchOrder.Hole)
        {
            _lost.TrySetResult();
        }

        if (order != BatchOrder.Duplicate)
        {
            degraded.On(item);
            dispatch.Deliver(item);
        }

        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex)
    {
        _lost.TrySetResult();
        return Task.CompletedTask;
    }
}
