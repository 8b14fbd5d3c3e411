using System.Threading.Channels;
using Chat.Delivery;

namespace Chat.Tests.Support;

/// <summary>What one frontend is told.</summary>
internal sealed class TestFrontend(string id)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<DeliveryBatch> _batches = Channel.CreateUnbounded<DeliveryBatch>();
    private readonly Queue<EventDelivery> _deliveries = new();

    public string Id => id;

    public Task OnBatch(DeliveryBatch batch) => _batches.Writer.WriteAsync(batch).AsTask();

    public ValueTask<DeliveryBatch> WaitForBatch() => _batches.Reader.ReadAsync(new CancellationTokenSource(Patience).Token);

    /// <summary>The next delivery of this kind; others before it are passed over.</summary>
    public async Task<(T Event, Guid[] Recipients)> WaitFor<T>(Func<T, bool>? which = null)
        where T : ServerEvent
    {
        while (true)
        {
            while (_deliveries.TryDequeue(out var delivery))
            {
                if (delivery.Event is T found && (which is null || which(found)))
                {
                    return (found, delivery.Recipients);
                }
            }

            foreach (var delivery in (await WaitForBatch()).Deliveries)
            {
                _deliveries.Enqueue(delivery);
            }
        }
    }
}
