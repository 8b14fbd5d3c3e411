namespace Chat.Grains.Conversations;

/// <summary>Settings under `Chat:Conversation`.</summary>
public sealed class ConversationOptions
{
    public const string Section = "Chat:Conversation";

    /// <summary>Most members of a group. Default: 8, at most 1,000.</summary>
    public int MaxGroupMembers { get; set; } = 8;

    /// <summary>Longest message, in Unicode code points. Default: 4,000.</summary>
    public int MaxContentLength { get; set; } = 4_000;

    /// <summary>Longest name of a group, in Unicode code points. Default: 100.</summary>
    public int MaxNameLength { get; set; } = 100;

    /// <summary>Newest entries kept in memory for reading, sync and idempotency. Default: 200.</summary>
    public int HotWindow { get; set; } = 200;

    /// <summary>Sends that may wait for their commit in one conversation; beyond it the answer is `overloaded`. Default: 500.</summary>
    public int MaxWaiting { get; set; } = 500;

    /// <summary>Most entries of one conversation in one commit. Default: 100.</summary>
    public int MaxBatch { get; set; } = 100;

    /// <summary>Conversations with more members than this publish to every frontend instead of following each member's. Default: 64.</summary>
    public int MaxRoutedMembers { get; set; } = 64;

    /// <summary>How long typing shows without a renewal, in seconds. Default: 5.</summary>
    public double TypingSeconds { get; set; } = 5;

    /// <summary>Least time between two writes of one member's read cursor, in milliseconds. Default: 1,000.</summary>
    public int ReadCursorIntervalMs { get; set; } = 1_000;

    /// <summary>What `retryAfterMs` says while the log does not answer, in milliseconds. Default: 1,000.</summary>
    public int RetryAfterMs { get; set; } = 1_000;

    internal string? Fault() =>
        MaxGroupMembers is < 2 or > 1_000 ? $"{Section}:MaxGroupMembers is {MaxGroupMembers}; it takes 2 to 1000."
        : MaxContentLength is < 1 or > 7_000 ? $"{Section}:MaxContentLength is {MaxContentLength}; it takes 1 to 7000 (a frame holds no more)."
        : MaxNameLength is < 1 or > 1_000 ? $"{Section}:MaxNameLength is {MaxNameLength}; it takes 1 to 1000."
        : HotWindow is < 1 or > 10_000 ? $"{Section}:HotWindow is {HotWindow}; it takes 1 to 10000."
        : MaxWaiting < 1 ? $"{Section}:MaxWaiting is {MaxWaiting}; it takes 1 or more."
        : MaxBatch is < 1 or > 1_000 ? $"{Section}:MaxBatch is {MaxBatch}; it takes 1 to 1000."
        : MaxRoutedMembers < 0 ? $"{Section}:MaxRoutedMembers is {MaxRoutedMembers}; it takes 0 or more."
        : TypingSeconds <= 0 ? $"{Section}:TypingSeconds is {TypingSeconds}; it takes more than 0."
        : ReadCursorIntervalMs < 0 ? $"{Section}:ReadCursorIntervalMs is {ReadCursorIntervalMs}; it takes 0 or more."
        : RetryAfterMs < 1 ? $"{Section}:RetryAfterMs is {RetryAfterMs}; it takes 1 or more."
        : null;
}
