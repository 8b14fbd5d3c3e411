namespace Chat.Grains.Retention;

/// <summary>Entries of one log, from one above <paramref name="After"/> to <paramref name="Through"/>.</summary>
internal readonly record struct LogRange(Guid ConversationId, long After, long Through)
{
    public long Count => Through - After;
}

/// <summary>Gathers ranges into batches of a size: small logs go together, a large one goes in parts, beginning with its oldest entries.</summary>
internal sealed class RetentionBatch(int size)
{
    private readonly List<LogRange> _ranges = [];

    public IReadOnlyList<LogRange> Ranges => _ranges;

    public long Count { get; private set; }

    public bool IsFull => Count >= size;

    /// <summary>Takes what fits, from the beginning; answers what is left, which may be empty.</summary>
    public LogRange Take(LogRange range)
    {
        var taken = Math.Min(range.Count, size - Count);
        if (taken > 0)
        {
            _ranges.Add(range with { Through = range.After + taken });
            Count += taken;
        }

        return range with { After = range.After + taken };
    }
}
