using System.Collections.Concurrent;
using Chat.Grains.Diagnostics;

namespace Chat.Grains.Held;

/// <summary>How much is held in the conversations that are awake here, and since when.</summary>
internal sealed class HeldDepth
{
    private readonly ConcurrentDictionary<Guid, (int Messages, DateTimeOffset Oldest)> _conversations = new();
    private readonly TimeProvider _time;

    public HeldDepth(TimeProvider time, ChatInstruments instruments)
    {
        _time = time;
        instruments.WatchHeld(() => Messages, () => OldestAge.TotalSeconds);
    }

    public int Messages => _conversations.Values.Sum(c => c.Messages);

    public TimeSpan OldestAge => _conversations.IsEmpty ? TimeSpan.Zero : _time.GetUtcNow() - _conversations.Values.Select(c => c.Oldest).DefaultIfEmpty(_time.GetUtcNow()).Min();

    /// <param name="oldest">Null: nothing is held any more, or the conversation sleeps.</param>
    public void Set(Guid conversationId, int messages, DateTimeOffset? oldest)
    {
        if (oldest is { } since)
        {
            _conversations[conversationId] = (messages, since);
        }
        else
        {
            _conversations.TryRemove(conversationId, out _);
        }
    }
}
