using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Something a member wants in the log, waiting for its place.</summary>
internal abstract class PendingEntry
{
    /// <summary>The entry as it stands in the log if it is appended now, or why it is not.</summary>
    public abstract Answer<LogEntry> Decide(ConversationLedger ledger, long sequence, DateTimeOffset now);

    public abstract void OnCommitted(LogEntry entry);

    /// <summary>It will never be in the log.</summary>
    public abstract void OnRefused(Refusal refusal);

    /// <summary>Whoever waits hears no more for now; what becomes of it is not decided.</summary>
    public abstract void OnOutage(Refusal refusal);
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

    public override void OnOutage(Refusal refusal) => _done.TrySetResult(refusal);
}
