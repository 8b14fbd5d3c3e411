namespace Chat.Grains.Inbox;

/// <summary>Settings under `Chat:Inbox`.</summary>
public sealed class InboxOptions
{
    public const string Section = "Chat:Inbox";

    /// <summary>Most positions a client may give in one sync. Default: 1,000.</summary>
    public int MaxPositions { get; set; } = 1_000;

    /// <summary>Most events in one answer to a sync; the rest is announced with `more`. Default: 500.</summary>
    public int MaxSyncEvents { get; set; } = 500;

    /// <summary>Most events of one conversation in that answer, so that the next one gets its share. Default: 100.</summary>
    public int MaxSyncEventsPerConversation { get; set; } = 100;

    /// <summary>Conversations asked at once for what a client lacks. Default: 8.</summary>
    public int MaxParallelSyncs { get; set; } = 8;

    /// <summary>Most conversations that are compared with a client's positions; those with the newest activity. Default: 10,000.</summary>
    public int MaxConversations { get; set; } = 10_000;

    /// <summary>When to ask again while the database does not answer, in milliseconds. Default: 1,000.</summary>
    public int RetryAfterMs { get; set; } = 1_000;

    internal string? Fault() =>
        MaxPositions < 1 ? $"{Section}:MaxPositions is {MaxPositions}; it takes 1 or more."
        : MaxSyncEvents < 1 ? $"{Section}:MaxSyncEvents is {MaxSyncEvents}; it takes 1 or more."
        : MaxSyncEventsPerConversation is < 1 or > 500 ? $"{Section}:MaxSyncEventsPerConversation is {MaxSyncEventsPerConversation}; it takes 1 to 500."
        : MaxParallelSyncs is < 1 or > 100 ? $"{Section}:MaxParallelSyncs is {MaxParallelSyncs}; it takes 1 to 100."
        : MaxConversations < MaxPositions ? $"{Section}:MaxConversations is {MaxConversations}; it takes at least MaxPositions ({MaxPositions})."
        : RetryAfterMs < 1 ? $"{Section}:RetryAfterMs is {RetryAfterMs}; it takes 1 or more."
        : null;
}
