using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>The idempotency keys of the newest messages: the first place to look, never the last; behind it stands the unique index of the log.</summary>
internal sealed class IdempotencyWindow(int capacity)
{
    private readonly Dictionary<(Guid Sender, string Key), LogEntry> _entries = [];
    private readonly Queue<(Guid Sender, string Key)> _order = new();

    public void Add(LogEntry entry)
    {
        if (entry.Event is not { SenderId: { } sender, ClientMessageId: { } key } || !_entries.TryAdd((sender, key), entry))
        {
            return;
        }

        _order.Enqueue((sender, key));
        if (_order.Count > capacity)
        {
            _entries.Remove(_order.Dequeue());
        }
    }

    /// <summary>A key lives as long as its message.</summary>
    public void ForgetThrough(long sequence)
    {
        while (_order.TryPeek(out var oldest) && _entries[oldest].Event.Sequence <= sequence)
        {
            _entries.Remove(_order.Dequeue());
        }
    }

    public LogEntry? Find(Guid sender, string key) => _entries.GetValueOrDefault((sender, key));

    /// <summary>The answer to a key that is in the log: its receipt again, or `conflict` when it stood for another body.</summary>
    public static Answer<Receipt> Repeat(LogEntry stored, ReadOnlySpan<byte> hash) =>
        hash.SequenceEqual(stored.ContentHash)
            ? ReceiptOf(stored.Event, duplicate: true)
            : Mismatch();

    public static Refusal Mismatch() => Refusal.Conflict("This clientMessageId was used for another message.", "idempotency_mismatch");

    public static Receipt ReceiptOf(ConversationEvent stored, bool duplicate) =>
        new(stored.MessageId!.Value, stored.ConversationId, stored.Sequence, stored.SentAt, duplicate, Durability.Committed);
}
