namespace Chat.Api.Delivery;

internal enum BatchOrder
{
    /// <summary>The one after the last, or a repeated number that says that there was none since.</summary>
    InOrder,

    /// <summary>It was here before.</summary>
    Duplicate,

    /// <summary>Something before it did not arrive.</summary>
    Hole,
}

/// <summary>What this incarnation has heard from each silo. Every silo counts its batches for it from 1; an empty batch repeats the number of the last one.</summary>
internal sealed class PublisherNumbers(TimeSpan silence, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Number, long HeardAt)> _publishers = new(StringComparer.Ordinal);
    private readonly long _since = time.GetTimestamp();

    public BatchOrder On(string publisher, long number, bool empty)
    {
        lock (_gate)
        {
            var last = _publishers.TryGetValue(publisher, out var known) ? known.Number : 0;
            var order = Order(last, number, empty);
            _publishers[publisher] = (order == BatchOrder.InOrder ? number : last, time.GetTimestamp());
            return order;
        }
    }

    /// <summary>A silo that was heard is silent now, or none was heard in twice the time: silos learn of a new incarnation with a delay.</summary>
    public bool Silent()
    {
        lock (_gate)
        {
            return _publishers.Count == 0
                ? time.GetElapsedTime(_since) > 2 * silence
                : _publishers.Values.Any(p => time.GetElapsedTime(p.HeardAt) > silence);
        }
    }

    // A repeated number below the last: the silo counts anew, because it took this incarnation for dead in between.
    private static BatchOrder Order(long last, long number, bool empty) =>
        number == (empty ? last : last + 1) ? BatchOrder.InOrder
        : number <= last && !empty ? BatchOrder.Duplicate
        : BatchOrder.Hole;
}
