namespace Chat.Grains.Conversations;

/// <summary>Who is typing until when.</summary>
internal sealed class TypingMembers(TimeSpan lease)
{
    private readonly Dictionary<Guid, DateTimeOffset> _until = [];

    public bool Any => _until.Count > 0;

    /// <summary>True when it is news.</summary>
    public bool Set(Guid userId, bool isTyping, DateTimeOffset now)
    {
        if (!isTyping)
        {
            return _until.Remove(userId);
        }

        var news = !_until.ContainsKey(userId);
        _until[userId] = now + lease;
        return news;
    }

    /// <summary>Those whose lease ended; they are forgotten.</summary>
    public Guid[] Expire(DateTimeOffset now)
    {
        var ended = _until.Where(t => t.Value <= now).Select(t => t.Key).ToArray();
        Array.ForEach(ended, u => _until.Remove(u));
        return ended;
    }
}
