using Chat.DeadLetters;

namespace Chat.Grains.DeadLetters;

/// <summary>Where a page of dead letters continues: strictly older than this.</summary>
internal sealed record DeadLetterCursor(DateTimeOffset At, Guid Id);

/// <summary>Where dead letters are kept. Every call ends within its deadline with an answer or a <see cref="Storage.LogUnavailableException"/>.</summary>
internal interface IDeadLetterStore
{
    /// <summary>False when it is there already, by its id or by its conversation, sender and key: nothing happens then.</summary>
    Task<bool> Add(DeadLetter letter);

    /// <summary>Newest first.</summary>
    Task<DeadLetterItem[]> Page(DeadLetterState state, Guid? conversationId, DeadLetterCursor? below, int limit);

    Task<StoredDeadLetter?> Find(Guid id);

    /// <summary>Finds it and keeps who read what it says.</summary>
    Task<StoredDeadLetter?> Read(Guid id, Guid readBy, DateTimeOffset now);

    /// <summary>Those that are to be redriven by themselves now, the longest due first.</summary>
    Task<Guid[]> Due(DateTimeOffset now, int limit);

    /// <summary>It is in the log. False when that was known.</summary>
    Task<bool> Redriven(Guid id, long sequence, Guid? by, DateTimeOffset now);

    /// <summary>It was sent again and is not in the log.</summary>
    Task RedriveFailed(Guid id, string reason, Guid? by, DateTimeOffset now, DateTimeOffset? next);

    /// <summary>False unless it is dead.</summary>
    Task<bool> Discard(Guid id, string reason, Guid by, DateTimeOffset now);

    /// <summary>How many are dead.</summary>
    Task<long> Depth();
}
