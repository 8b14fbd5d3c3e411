using Chat.Conversations;

namespace Chat.Grains.Storage;

/// <summary>The log in memory, with the same answers as Postgres': for a first look without a database, and for tests.</summary>
internal sealed class MemoryMessageLog(MemoryDatabase database) : IMessageLog
{
    public Task<StoredConversation?> Load(Guid conversationId, int recent)
    {
        lock (database.Lock)
        {
            var row = database.FindNeedsLock(conversationId);
            return Task.FromResult(row is null ? null : new StoredConversation(row.Snapshot, row.Entries.TakeLast(recent).ToArray()));
        }
    }

    public Task<bool> Create(Conversation conversation)
    {
        lock (database.Lock)
        {
            return Task.FromResult(database.AddNeedsLock(conversation));
        }
    }

    public Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries)
    {
        if (entries.Any(e => !IsStorable(e.Event)))
        {
            throw new PoisonEntryException("A text holds U+0000 or is not valid Unicode.");
        }

        lock (database.Lock)
        {
            var results = new Dictionary<Guid, AppendResult>();
            var fitting = new List<(MemoryConversation Row, LogEntry[] Entries)>();
            foreach (var group in entries.GroupBy(e => e.Event.ConversationId))
            {
                var row = database.FindNeedsLock(group.Key);
                var ordered = group.OrderBy(e => e.Event.Sequence).ToArray();
                var fits = row is not null && ordered.Index().All(e => e.Item.Event.Sequence == row.Entries.Count + 1 + e.Index);
                results.Add(group.Key, fits ? AppendResult.Committed : AppendResult.Refused);
                if (fits)
                {
                    fitting.Add((row!, ordered));
                }
            }

            RefuseRepeatedKeys(fitting);
            foreach (var (row, ordered) in fitting)
            {
                Array.ForEach(ordered, entry => database.AppendNeedsLock(row, entry));
            }

            return Task.FromResult<IReadOnlyDictionary<Guid, AppendResult>>(results);
        }
    }

    public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest)
    {
        lock (database.Lock)
        {
            var entries = database.FindNeedsLock(conversationId)?.Entries ?? [];
            var first = (int)Math.Clamp(after, 0, entries.Count);
            var end = (int)Math.Clamp(before - 1, first, entries.Count);
            var count = Math.Min(limit, end - first);
            return Task.FromResult(entries.GetRange(newest ? end - count : first, count).ToArray());
        }
    }

    public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds)
    {
        lock (database.Lock)
        {
            var row = database.FindNeedsLock(conversationId);
            var found = clientMessageIds.Distinct(StringComparer.Ordinal).Select(key => row?.FindKey(senderId, key)).OfType<LogEntry>();
            return Task.FromResult(found.OrderBy(e => e.Event.Sequence).ToArray());
        }
    }

    public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors)
    {
        lock (database.Lock)
        {
            var row = database.FindNeedsLock(conversationId);
            foreach (var (userId, sequence) in cursors)
            {
                if (row is not null && row.Members.TryGetValue(userId, out var member) && member.ReadSequence < sequence)
                {
                    row.Members[userId] = member with { ReadSequence = sequence };
                }
            }

            return Task.CompletedTask;
        }
    }

    public Task Probe(bool afresh) => Task.CompletedTask;

    private static void RefuseRepeatedKeys(List<(MemoryConversation Row, LogEntry[] Entries)> fitting)
    {
        var stored = fitting.SelectMany(f => f.Entries.Select(e => f.Row.FindKey(e.Event))).OfType<LogEntry>().ToArray();
        if (stored.Length > 0)
        {
            throw new RepeatedKeyException(stored);
        }

        foreach (var (_, entries) in fitting)
        {
            var keys = entries.Select(e => MemoryConversation.KeyOf(e.Event)).Where(key => key is not null).ToArray();
            if (keys.Distinct().Count() < keys.Length)
            {
                throw new PoisonEntryException("An idempotency key stands twice in one batch.");
            }
        }
    }

    private static bool IsStorable(ConversationEvent e) => IsStorable(e.Content) && IsStorable(e.ClientMessageId) && IsStorable(e.Type) && IsStorable(e.Name);

    private static bool IsStorable(string? text) => text is null || (!text.Contains('\0', StringComparison.Ordinal) && IsValidUnicode(text));

    private static bool IsValidUnicode(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (System.Text.Rune.DecodeFromUtf16(rest, out _, out var consumed) is not System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[consumed..];
        }

        return true;
    }
}
