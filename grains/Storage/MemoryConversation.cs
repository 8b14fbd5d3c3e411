using Chat.Conversations;

namespace Chat.Grains.Storage;

/// <summary>One conversation in memory. The entry of sequence n stands at index n - 1.</summary>
internal sealed class MemoryConversation(Conversation made)
{
    private readonly Dictionary<(Guid SenderId, string Key), LogEntry> _keys = [];
    private Conversation _made = made with { CreatedAt = Moment(made.CreatedAt) };

    public Guid Id => _made.Id;

    public Dictionary<Guid, Member> Members { get; } = [];

    public List<LogEntry> Entries { get; } = [];

    public DateTimeOffset LastActivityAt { get; private set; } = Moment(made.CreatedAt);

    public Conversation Snapshot => _made with
    {
        Head = Entries.Count,
        Members = Members.Values.OrderBy(m => m.JoinedSequence).ThenBy(m => m.UserId).ToArray(),
    };

    public void Append(LogEntry entry)
    {
        var e = entry.Event with { SentAt = Moment(entry.Event.SentAt) };
        var stored = entry with { Event = e };
        Entries.Add(stored);
        LastActivityAt = e.SentAt;
        if (KeyOf(e) is { } key)
        {
            _keys.Add(key, stored);
        }

        if (e.Kind is EntryKind.Renamed)
        {
            _made = _made with { Name = e.Name };
        }
    }

    public LogEntry? FindKey(ConversationEvent e) => KeyOf(e) is { } key ? _keys.GetValueOrDefault(key) : null;

    public LogEntry? FindKey(Guid senderId, string clientMessageId) => _keys.GetValueOrDefault((senderId, clientMessageId));

    public static (Guid SenderId, string Key)? KeyOf(ConversationEvent e) =>
        e is { SenderId: { } sender, ClientMessageId: { } key } ? (sender, key) : null;

    // Postgres keeps microseconds; who runs on memory should not see finer times.
    private static DateTimeOffset Moment(DateTimeOffset time) => new(time.UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
