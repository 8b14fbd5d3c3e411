using System.Threading.Channels;
using Chat.Delivery;
using Orleans.Streams;

namespace Chat.Grains.Delivery;

/// <summary>What waits for one frontend, and the one loop that publishes it in numbered batches.</summary>
internal sealed class FrontendOutbox
{
    private readonly string _publisher;
    private readonly IAsyncStream<DeliveryBatch> _stream;
    private readonly DeliveryOptions _options;
    private readonly Func<Degradation[]> _degraded;
    private readonly Action<(int Deliveries, Exception Reason)> _onDropped;
    private readonly Channel<(EventDelivery? Delivery, int Bytes)> _waiting;
    private readonly Task _running;
    private int _overflowed;

    public FrontendOutbox(
        string publisher,
        IAsyncStream<DeliveryBatch> stream,
        DeliveryOptions options,
        Func<Degradation[]> degraded,
        Action<(int Deliveries, Exception Reason)> onDropped)
    {
        _publisher = publisher;
        _stream = stream;
        _options = options;
        _degraded = degraded;
        _onDropped = onDropped;
        _waiting = Channel.CreateBounded<(EventDelivery?, int)>(new BoundedChannelOptions(options.MaxWaiting) { SingleReader = true });
        // Not on the scheduler of the grain that happened to be first.
        _running = Task.Run(Run);
    }

    /// <summary>False when it is full: the delivery is dropped, and the next number is skipped so that the frontend sees the hole.</summary>
    public bool TryPost(EventDelivery delivery, int bytes)
    {
        if (_waiting.Writer.TryWrite((delivery, bytes)))
        {
            return true;
        }

        Volatile.Write(ref _overflowed, 1);
        return false;
    }

    public void RepeatNumber() => _waiting.Writer.TryWrite((null, 0));

    public Task Close()
    {
        _waiting.Writer.TryComplete();
        return _running;
    }

    private async Task Run()
    {
        var batch = new List<EventDelivery>();
        var number = 0L;
        while (await _waiting.Reader.WaitToReadAsync())
        {
            Gather(batch);
            if (Interlocked.Exchange(ref _overflowed, 0) == 1)
            {
                number++;
            }

            if (batch.Count > 0)
            {
                number++;
            }

            await Publish(new DeliveryBatch(_publisher, number, [.. batch], _degraded()));
            batch.Clear();
        }
    }

    private void Gather(List<EventDelivery> batch)
    {
        var bytes = 0;
        while (batch.Count < _options.MaxBatch && bytes < _options.MaxBatchBytes && _waiting.Reader.TryRead(out var next))
        {
            if (next.Delivery is not null)
            {
                batch.Add(next.Delivery);
                bytes += next.Bytes;
            }
        }
    }

    private async Task Publish(DeliveryBatch batch)
    {
        try
        {
            await _stream.OnNextAsync(batch);
        }
        catch (Exception reason)
        {
            // Whatever the stream's reason: the number is used up, so the hole shows.
            _onDropped((batch.Deliveries.Length, reason));
        }
    }
}
