using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Something a member wants in the log, waiting for its place.</summary>
internal abstract class PendingEntry
{
    /// <summary>The entry as it stands in the log if it is appended now, or why it is not.</summary>
    public abstract Answer<LogEntry> Decide(ConversationLedger ledger, long sequence, DateTimeOffset now);

    public abstract void OnCommitted(LogEntry entry);

    public abstract void OnRefused(Refusal refusal);
}

/// <summary>The sends of one call: one answer each, given together when the last one is known.</summary>
internal sealed class PendingSends(Guid senderId, SendMessage[] messages)
{
    private readonly Answer<Receipt>[] _answers = new Answer<Receipt>[messages.Length];
    private readonly TaskCompletionSource<Answer<Receipt>[]> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = messages.Length;

    public Guid SenderId => senderId;

    public SendMessage[] Messages => messages;

    public Task<Answer<Receipt>[]> Done => _done.Task;

    public bool IsAnswered(int index) => _answers[index] != default;

    /// <summary>Only the first answer counts: a send whose outcome was unknown is settled later, when nobody waits for it.</summary>
    public void Answer(int index, Answer<Receipt> answer)
    {
        if (IsAnswered(index))
        {
            return;
        }

        _answers[index] = answer;
        if (--_open == 0)
        {
            _done.SetResult(_answers);
        }
    }

    public Answer<Receipt>[] RefuseAll(Refusal refusal)
    {
        Array.Fill(_answers, refusal);
        return _answers;
    }
}

/// <summary>One send.</summary>
internal sealed class PendingMessage(PendingSends sends, int index, byte[] hash) : PendingEntry
{
    private List<PendingMessage>? _twins;

    public Guid SenderId => sends.SenderId;

    public string Key => sends.Messages[index].ClientMessageId;

    public override Answer<LogEntry> Decide(ConversationLedger ledger, long sequence, DateTimeOffset now)
    {
        var message = sends.Messages[index];
        if (!ledger.IsMember(SenderId, out _))
        {
            return Refusal.NotFound("conversation");
        }

        if (message.ReplyTo >= sequence)
        {
            return Refusal.Invalid("replyTo is not in this conversation.", "invalid_reply_to");
        }

        return new LogEntry(
            new ConversationEvent
            {
                ConversationId = ledger.Id,
                Sequence = sequence,
                Kind = EntryKind.Message,
                MessageId = Guid.CreateVersion7(now),
                SenderId = SenderId,
                ClientMessageId = message.ClientMessageId,
                Content = message.Content,
                Type = message.Type ?? MessageRules.DefaultType,
                ReplyTo = message.ReplyTo,
                SentAt = now,
            },
            hash);
    }

    /// <summary>The same key came twice while neither is in the log: the second shares the outcome of the first.</summary>
    public void Join(PendingMessage twin) => (_twins ??= []).Add(twin);

    public void OnRepeated(LogEntry stored)
    {
        sends.Answer(index, IdempotencyWindow.Repeat(stored, hash));
        _twins?.ForEach(t => t.OnRepeated(stored));
    }

    public override void OnCommitted(LogEntry entry)
    {
        sends.Answer(index, IdempotencyWindow.ReceiptOf(entry.Event, duplicate: false));
        _twins?.ForEach(t => t.OnRepeated(entry));
    }

    public override void OnRefused(Refusal refusal)
    {
        sends.Answer(index, refusal);
        _twins?.ForEach(t => t.OnRefused(refusal));
    }
}

/// <summary>A change of members, roles or name. It is decided on what is committed, so it goes in a batch of its own.</summary>
internal sealed class PendingChange(Func<ConversationLedger, Refusal?> check, Func<ConversationLedger, ConversationEvent> entry) : PendingEntry
{
    private readonly TaskCompletionSource<Answer<LogEntry>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Answer<LogEntry>> Done => _done.Task;

    public override Answer<LogEntry> Decide(ConversationLedger ledger, long sequence, DateTimeOffset now) =>
        check(ledger) is { } refusal
            ? refusal
            : new LogEntry(entry(ledger) with { Sequence = sequence, MessageId = Guid.CreateVersion7(now), SentAt = now }, null);

    public override void OnCommitted(LogEntry entry) => _done.TrySetResult(entry);

    public override void OnRefused(Refusal refusal) => _done.TrySetResult(refusal);
}
