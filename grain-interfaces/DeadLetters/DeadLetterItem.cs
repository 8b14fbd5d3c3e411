using Orleans;

namespace Chat.DeadLetters;

/// <summary>`Dead`: nobody has decided on it yet. `Redriven`: it is in the log. `Discarded`: an operator has given it up.</summary>
[GenerateSerializer]
public enum DeadLetterState
{
    Dead,
    Redriven,
    Discarded,
}

/// <summary>A dead letter as every operator may see it; what was written comes only with <see cref="Content"/>.</summary>
/// <param name="Sender">Masked: its last four digits.</param>
/// <param name="Reason">Why it is no part of the log, as of the last attempt: `poison`, `storage_error`, `not_a_member`, ...</param>
/// <param name="Size">Of the payload, in bytes; 0 once it is in the log, which has it.</param>
/// <param name="RedriveAt">When it is redriven by itself; null when only an operator does.</param>
/// <param name="TriedBy">The operator of the last redrive; null when it went by itself.</param>
/// <param name="Sequence">Its place in the log.</param>
[GenerateSerializer, Immutable, Alias("chat.dead-letter-item")]
public sealed record DeadLetterItem(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid ConversationId,
    [property: Id(2)] Guid MessageId,
    [property: Id(3)] string Sender,
    [property: Id(4)] DeadLetterState State,
    [property: Id(5)] string Reason,
    [property: Id(6)] string? Detail,
    [property: Id(7)] int Attempts,
    [property: Id(8)] int Redrives,
    [property: Id(9)] int Size,
    [property: Id(10)] DateTimeOffset At,
    [property: Id(11)] DateTimeOffset? RedriveAt = null,
    [property: Id(12)] DateTimeOffset? TriedAt = null,
    [property: Id(13)] Guid? TriedBy = null,
    [property: Id(14)] long? Sequence = null,
    [property: Id(15)] DateTimeOffset? DiscardedAt = null,
    [property: Id(16)] Guid? DiscardedBy = null,
    [property: Id(17)] string? DiscardReason = null,
    [property: Id(18)] DeadLetterContent? Content = null);

/// <summary>What was written, and by whom.</summary>
[GenerateSerializer, Immutable, Alias("chat.dead-letter-content")]
public sealed record DeadLetterContent(
    [property: Id(0)] Guid SenderId,
    [property: Id(1)] string ClientMessageId,
    [property: Id(2)] string Content,
    [property: Id(3)] string? Type,
    [property: Id(4)] long? ReplyTo)
{
    public override string ToString() => nameof(DeadLetterContent);
}

/// <param name="Cursor">Give it back for the next page; null on the last one.</param>
[GenerateSerializer, Immutable, Alias("chat.dead-letter-page")]
public sealed record DeadLetterPage([property: Id(0)] DeadLetterItem[] Items, [property: Id(1)] string? Cursor);

/// <summary>What became of one of several: its place in the log, or why it has none.</summary>
[GenerateSerializer, Immutable, Alias("chat.redrive-result")]
public sealed record RedriveResult(
    [property: Id(0)] Guid Id,
    [property: Id(1)] bool Ok,
    [property: Id(2)] long? Sequence = null,
    [property: Id(3)] RefusalCode? Code = null,
    [property: Id(4)] string? Reason = null);

/// <summary>In the order asked for.</summary>
[GenerateSerializer, Immutable, Alias("chat.redrive-results")]
public sealed record RedriveResults([property: Id(0)] RedriveResult[] Items);
