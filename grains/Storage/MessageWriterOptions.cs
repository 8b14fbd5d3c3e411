namespace Chat.Grains.Storage;

/// <summary>Settings under `Chat:Writer`.</summary>
public sealed class MessageWriterOptions
{
    public const string Section = "Chat:Writer";

    /// <summary>Commits in flight at once; a conversation always uses the same lane. Few lanes make large groups, which cost less per entry. Default: a quarter of
    /// the processors, at least 1.</summary>
    public int Lanes { get; set; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 64);

    /// <summary>Most entries in one commit. Default: 1,000.</summary>
    public int MaxEntries { get; set; } = 1_000;

    /// <summary>Conversations that may wait for a commit in one lane; beyond it the answer is `overloaded`. Default: 10,000.</summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>Outages in a row, without a commit among them, that open the breaker. The first is any call's, also a read's; the others are probes, made at once one
    /// after the other. So it opens after this many times `Chat:Storage:DeadlineMs` at most. Default: 2.</summary>
    public int BreakerFailures { get; set; } = 2;

    /// <summary>How often the log is probed while the breaker is open, in milliseconds. Default: 1,000.</summary>
    public int BreakerOpenMs { get; set; } = 1_000;

    /// <summary>How often an entry is tried whose error says neither outage nor poison, before it counts as poison. Default: 3.</summary>
    public int MaxAttempts { get; set; } = 3;

    internal string? Fault() =>
        Lanes is < 1 or > 64 ? $"{Section}:Lanes is {Lanes}; it takes 1 to 64."
        : MaxEntries < 1 ? $"{Section}:MaxEntries is {MaxEntries}; it takes 1 or more."
        : MaxWaiting < 1 ? $"{Section}:MaxWaiting is {MaxWaiting}; it takes 1 or more."
        : BreakerFailures < 2 ? $"{Section}:BreakerFailures is {BreakerFailures}; it takes 2 or more."
        : BreakerOpenMs < 500 ? $"{Section}:BreakerOpenMs is {BreakerOpenMs}; it takes 500 or more."
        : MaxAttempts < 1 ? $"{Section}:MaxAttempts is {MaxAttempts}; it takes 1 or more."
        : null;
}
