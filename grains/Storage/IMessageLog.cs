using Chat.Conversations;

namespace Chat.Grains.Storage;

/// <summary>An entry of the log with what only the store keeps: the SHA-256 of the original body, for an idempotency key that comes back with another one.</summary>
public sealed record LogEntry(ConversationEvent Event, byte[]? ContentHash);

/// <summary>A conversation as stored.</summary>
/// <param name="Recent">The newest entries, ascending: the hot window.</param>
/// <param name="TrimmedThrough">Retention took the entries up to here.</param>
public sealed record StoredConversation(Conversation Conversation, LogEntry[] Recent, long TrimmedThrough = 0);

/// <summary>What became of one conversation's entries in an append.</summary>
public enum AppendResult
{
    /// <summary>All of them are in the log.</summary>
    Committed,

    /// <summary>The head was not where the first entry expects it: none of them was written by this call.</summary>
    Refused,
}

/// <summary>An append of several conversations failed as a whole because these idempotency keys are stored already. Nothing was written.</summary>
public sealed class RepeatedKeyException(IReadOnlyList<LogEntry> stored) : Exception("An idempotency key of the batch is in the log already.")
{
    /// <summary>The entries that hold the keys.</summary>
    public IReadOnlyList<LogEntry> Stored { get; } = stored;
}

/// <summary>The store cannot say what happened, or does not answer: an outage, never the fault of one entry.</summary>
public sealed class LogUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The store works, and others were in the way: no reason to doubt it.</summary>
    public bool IsContention { get; init; }
}

/// <summary>One entry will never be stored. Nothing of the call was written.</summary>
public sealed class PoisonEntryException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>The log of every conversation: the one seam between the grains and the database. Every call ends within its deadline with an answer
/// or a <see cref="LogUnavailableException"/>.</summary>
public interface IMessageLog
{
    /// <summary>Null when there is no such conversation.</summary>
    Task<StoredConversation?> Load(Guid conversationId, int recent);

    /// <summary>False when it exists already; nothing is changed then.</summary>
    Task<bool> Create(Conversation conversation);

    /// <summary>Appends in one transaction. The entries of a conversation are contiguous, ascending, and start one above the stored head; otherwise that conversation is
    /// refused and the others are not. Member changes and renames are applied to the conversation with their entry.</summary>
    /// <returns>One result per conversation, by its id.</returns>
    /// <exception cref="RepeatedKeyException" />
    /// <exception cref="PoisonEntryException" />
    Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries);

    /// <summary>Entries with <paramref name="after"/> &lt; sequence &lt; <paramref name="before"/>, ascending: the lowest <paramref name="limit"/> of them, or the highest when <paramref name="newest"/>.</summary>
    Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest);

    /// <summary>The stored entries of these idempotency keys of one sender.</summary>
    Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds);

    /// <summary>Moves read cursors forward; a lower one changes nothing.</summary>
    Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors);

    /// <summary>Does all that an append needs (a connection, a server that takes writes, room on its disks) and leaves nothing behind. Not before the last one has ended.</summary>
    /// <param name="afresh">Over a new connection; when it succeeds, later calls use new ones as well. Connections that hang in a partition are given up by that.</param>
    Task Probe(bool afresh);
}
