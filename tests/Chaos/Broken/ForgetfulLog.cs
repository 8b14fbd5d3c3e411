using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Broken;

/// <summary>Knows no idempotency key of what it stored.</summary>
internal sealed class ForgetfulLog(IMessageLog log) : IMessageLog
{
    public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds) => Task.FromResult<LogEntry[]>([]);

    public async Task<StoredConversation?> Load(Guid conversationId, int recent) => await log.Load(conversationId, recent) is { } stored
        ? stored with { Recent = Array.ConvertAll(stored.Recent, e => e with { Event = e.Event with { ClientMessageId = null } }) }
        : null;

    public Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries) => log.Append(entries);

    public Task<bool> Create(Conversation conversation) => log.Create(conversation);

    public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest) => log.Read(conversationId, after, before, limit, newest);

    public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors) => log.MoveReadCursors(conversationId, cursors);

    public Task Probe(bool afresh) => log.Probe(afresh);
}
