using Chat.Grains.Conversations;

namespace Chat.Grains.Held;

/// <summary>The messages of one conversation that have, or shall have, a place in the fallback: their order, and each idempotency key once. It decides who goes next and
/// waits for nothing.</summary>
internal sealed class HeldQueue(int capacity)
{
    private readonly List<PendingMessage> _messages = [];
    private readonly Dictionary<(Guid Sender, string Key), PendingMessage> _keys = [];

    public int Count => _messages.Count;

    public bool IsFull => _messages.Count >= capacity;

    /// <summary>Those whose senders were told that they are held.</summary>
    public IEnumerable<PendingMessage> Held => _messages.Where(m => m.IsHeld);

    /// <summary>There are messages that the pump has not: nothing newer may go before them.</summary>
    public bool HasWaiting => _messages.Exists(m => !m.IsInPump);

    public PendingMessage? Find(Guid sender, string key) => _keys.GetValueOrDefault((sender, key));

    public bool Contains(PendingMessage message) => ReferenceEquals(Find(message.SenderId, message.Key), message);

    /// <summary>The caller has looked: the key is not there, and the queue is not full.</summary>
    public void Add(PendingMessage message)
    {
        _keys.Add((message.SenderId, message.Key), message);
        _messages.Add(message);
    }

    public bool Remove(PendingMessage message) => Contains(message) && _keys.Remove((message.SenderId, message.Key)) && _messages.Remove(message);

    /// <summary>All that the pump has not, in order.</summary>
    public PendingMessage[] Waiting() => [.. _messages.Where(m => !m.IsInPump)];
}
