using Chat.Conversations;
using Chat.Grains.Storage;
using Chat.Held;

namespace Chat.Grains.Conversations;

/// <summary>One send, until it is in the log or refused. Its id and time are given once and stay the same, whether it is held, numbered, or numbered anew.</summary>
internal sealed class PendingMessage(PendingSends sends, int index, byte[] hash) : PendingEntry
{
    private readonly byte[] _hash = hash;
    private List<PendingMessage>? _twins;
    private HeldMessage? _identity;
    private Receipt? _heldReceipt;
    private bool _isSettled;

    public Guid SenderId => sends.SenderId;

    public SendMessage Message => sends.Messages[index];

    public string Key => Message.ClientMessageId;

    /// <summary>Its sender was told that it is held.</summary>
    public bool IsHeld => _heldReceipt is not null;

    /// <summary>It waits in the pump, or is in a batch of it.</summary>
    public bool IsInPump { get; set; }

    /// <summary>Told once: the entry that stands in the log for it, or why there is none.</summary>
    public Action<PendingMessage, Answer<LogEntry>>? OnSettled { get; set; }

    /// <summary>From the fallback: nobody waits for its receipt any more.</summary>
    public static PendingMessage Rescued(Guid conversationId, HeldMessage held)
    {
        var rescued = new PendingMessage(new PendingSends(held.SenderId, [held.Message]), 0, MessageRules.Hash(held.Message)) { _identity = held };
        rescued.OnHeld(conversationId);
        return rescued;
    }

    public HeldMessage Identify(DateTimeOffset now) => _identity ??= new HeldMessage(Guid.CreateVersion7(now), SenderId, Message, now);

    public override Answer<LogEntry> Decide(ConversationLedger ledger, long sequence, DateTimeOffset now)
    {
        if (!ledger.IsMember(SenderId, out _))
        {
            return Refusal.NotFound("conversation");
        }

        return Message.ReplyTo >= sequence
            ? Refusal.Invalid("replyTo is not in this conversation.", "invalid_reply_to")
            : new LogEntry(ToEvent(ledger.Id, Identify(now)) with { Sequence = sequence }, _hash);
    }

    /// <summary>As members see it until it has a sequence.</summary>
    public ConversationEvent ToHeldEvent(Guid conversationId) => ToEvent(conversationId, _identity!) with { Held = true };

    /// <summary>The same key came again while it is not in the log: the second shares the outcome of the first.</summary>
    public void Join(PendingMessage twin)
    {
        if (IsHeld)
        {
            twin.AnswerAs(this);
        }
        else
        {
            (_twins ??= []).Add(twin);
        }
    }

    /// <summary>It is durable in the fallback.</summary>
    public void OnHeld(Guid conversationId)
    {
        _heldReceipt = new Receipt(_identity!.MessageId, conversationId, null, _identity.SentAt, Duplicate: false, Durability.Held);
        sends.Answer(index, _heldReceipt);
        _twins?.ForEach(t => t.AnswerAs(this));
    }

    public void OnRepeated(LogEntry stored)
    {
        if (Settle(stored))
        {
            sends.Answer(index, IdempotencyWindow.Repeat(stored, _hash));
            _twins?.ForEach(t => t.OnRepeated(stored));
        }
    }

    public override void OnCommitted(LogEntry entry)
    {
        if (Settle(entry))
        {
            sends.Answer(index, IdempotencyWindow.ReceiptOf(entry.Event, duplicate: false));
            _twins?.ForEach(t => t.OnRepeated(entry));
        }
    }

    public override void OnRefused(Refusal refusal)
    {
        if (Settle(refusal))
        {
            sends.Answer(index, refusal);
            _twins?.ForEach(t => t.OnRefused(refusal));
        }
    }

    public override void OnOutage(Refusal refusal)
    {
        sends.Answer(index, refusal);
        _twins?.ForEach(t => t.OnOutage(refusal));

        // They have their answer. Who has a place in the fallback still wants to know.
        _twins?.RemoveAll(t => t.OnSettled is null);
    }

    private bool Settle(Answer<LogEntry> outcome)
    {
        if (_isSettled)
        {
            return false;
        }

        _isSettled = true;
        IsInPump = false;
        OnSettled?.Invoke(this, outcome);
        return true;
    }

    private void AnswerAs(PendingMessage first) =>
        sends.Answer(index, _hash.AsSpan().SequenceEqual(first._hash) ? first._heldReceipt! with { Duplicate = true } : IdempotencyWindow.Mismatch());

    private ConversationEvent ToEvent(Guid conversationId, HeldMessage identity) => new()
    {
        ConversationId = conversationId,
        Sequence = null,
        Kind = EntryKind.Message,
        MessageId = identity.MessageId,
        SenderId = SenderId,
        ClientMessageId = Key,
        Content = Message.Content,
        Type = Message.Type ?? MessageRules.DefaultType,
        ReplyTo = Message.ReplyTo,
        SentAt = identity.SentAt,
    };
}
