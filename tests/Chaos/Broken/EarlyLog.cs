using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Broken;

/// <summary>Answers before the commit is done.</summary>
internal sealed class EarlyLog(IMessageLog log) : IMessageLog
{
    private Task _last = Task.CompletedTask;

    public Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries)
    {
        _last = Behind(_last, entries);
        return Task.FromResult<IReadOnlyDictionary<Guid, AppendResult>>(entries.Select(e => e.Event.ConversationId).Distinct().ToDictionary(id => id, _ => AppendResult.Committed));
    }

    public Task<StoredConversation?> Load(Guid conversationId, int recent) => log.Load(conversationId, recent);

    public Task<bool> Create(Conversation conversation) => log.Create(conversation);

    public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest) => log.Read(conversationId, after, before, limit, newest);

    public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds) => log.FindByKeys(conversationId, senderId, clientMessageIds);

    public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors) => log.MoveReadCursors(conversationId, cursors);

    private async Task Behind(Task before, IReadOnlyList<LogEntry> entries)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await log.Append(entries);
    }

    public Task Probe(bool afresh) => log.Probe(afresh);
}
