using Chat.Conversations;
using Chat.Delivery;

namespace Chat.Api.Hubs;

/// <summary>Everything that the server may say to a client without being asked. Durable events carry the conversation's `sequence`.</summary>
public interface IChatClient
{
    Task MessageReceived(ConversationEvent message);

    /// <summary>A message that was held will never have a place in the order: drop it.</summary>
    Task MessageRejected(MessageRejected rejected);

    /// <summary>Somebody was added, left or changed role.</summary>
    Task MembersChanged(ConversationEvent change);

    /// <summary>`created`: new to this user. `head`: compare with the position you hold.</summary>
    Task ConversationChanged(ConversationChanged change);

    /// <summary>The same event, `renamed`: an entry of the log.</summary>
    Task ConversationChanged(ConversationRenamed change);

    Task ReadMoved(ReadMoved moved);

    Task TypingChanged(TypingChanged typing);

    Task PresenceChanged(PresenceChanged presence);

    /// <summary>Events may have been lost on their way: call `Sync` with the positions you hold.</summary>
    Task SyncNeeded(SyncNeeded sync);

    /// <summary>Something works less well than it should, or does no more.</summary>
    Task Degraded(Degraded degraded);

    /// <summary>The server closes this connection: come back after `retryAfterMs`, then `Sync`.</summary>
    Task Closing(Closing closing);
}

/// <summary>The entry `renamed` of the log, in the shape of `ConversationChanged`.</summary>
public sealed record ConversationRenamed(
    Guid ConversationId,
    string Change,
    long Head,
    long? Sequence,
    EntryKind Kind,
    Guid? SenderId,
    string? Name,
    DateTimeOffset SentAt);

public sealed record SyncNeeded;

/// <param name="What">`storage`: messages cannot be stored now.</param>
/// <param name="Since">Null: it is over.</param>
public sealed record Degraded(string What, DateTimeOffset? Since);

public sealed record Closing(string Reason, int RetryAfterMs);

/// <summary>Why the server closes a connection.</summary>
public static class ClosingReasons
{
    /// <summary>This process is about to stop.</summary>
    public const string Drain = "drain";

    /// <summary>The client does not read what it is sent.</summary>
    public const string SlowConsumer = "slow_consumer";

    /// <summary>The same user opened too many newer ones.</summary>
    public const string TooManyConnections = "too_many_connections";

    /// <summary>The user's presence did not answer: nothing would be delivered here.</summary>
    public const string Unavailable = "unavailable";
}
