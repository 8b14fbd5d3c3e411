using Chat.Conversations;
using Chat.Inbox;

namespace Chat.Grains.Storage;

/// <summary>A user's list from memory, by the same rules as Postgres'.</summary>
internal sealed class MemoryInboxStore(MemoryDatabase database) : IInboxStore
{
    public Task<ListItem[]> List(Guid userId, InboxCursor? below, int limit)
    {
        lock (database.Lock)
        {
            return Task.FromResult(NewestFirst(userId).Where(row => IsBelow(row, below)).Take(limit).Select(row => Item(row, userId)).ToArray());
        }
    }

    public Task<ListItem[]> Items(Guid userId, IReadOnlyList<Guid> conversationIds)
    {
        lock (database.Lock)
        {
            return Task.FromResult(NewestFirst(userId).Where(row => conversationIds.Contains(row.Id)).Select(row => Item(row, userId)).ToArray());
        }
    }

    public Task<MembershipHead[]> Heads(Guid userId, int limit)
    {
        lock (database.Lock)
        {
            return Task.FromResult(NewestFirst(userId).Take(limit).Select(row => new MembershipHead(row.Id, row.Entries.Count)).ToArray());
        }
    }

    private IEnumerable<MemoryConversation> NewestFirst(Guid userId) =>
        database.OfUserNeedsLock(userId).OrderByDescending(row => row.LastActivityAt).ThenByDescending(row => row.Id);

    private static bool IsBelow(MemoryConversation row, InboxCursor? below) =>
        below is null || (row.LastActivityAt, row.Id).CompareTo((below.LastActivityAt, below.ConversationId)) < 0;

    private static ListItem Item(MemoryConversation row, Guid userId)
    {
        var me = row.Members[userId];
        var unread = row.Entries.Skip((int)Math.Max(me.ReadSequence, me.JoinedSequence)).Select(e => e.Event)
            .Where(e => e.Kind is EntryKind.Message && e.SenderId != userId && e.Deleted is null).Take(IInboxStore.UnreadLimit + 1).Count();
        var last = row.Entries.FindLast(e => e.Event.Kind is EntryKind.Message)?.Event;
        var made = row.Snapshot;
        return new ListItem(
            row.Id,
            made.Type,
            made.Name,
            made.Members.Take(IInboxStore.MembersShown).ToArray(),
            made.Head,
            me.ReadSequence,
            Math.Min(unread, IInboxStore.UnreadLimit),
            unread > IInboxStore.UnreadLimit,
            Mentions: 0,
            last?.Sequence > me.JoinedSequence ? last : null,
            row.LastActivityAt,
            MutedUntil: null,
            Archived: false);
    }
}
