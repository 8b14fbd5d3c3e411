using Chat.Inbox;

namespace Chat.Grains.Storage;

/// <summary>Where a user's list continues: below this activity time, ties by id.</summary>
public sealed record InboxCursor(DateTimeOffset LastActivityAt, Guid ConversationId);

/// <summary>A conversation the user is a member of, and its head.</summary>
public sealed record MembershipHead(Guid ConversationId, long Head);

/// <summary>Queries over members, conversations and the log, for one user. Deadline and outage as in <see cref="IMessageLog"/>.</summary>
public interface IInboxStore
{
    /// <summary>How far unread messages are counted.</summary>
    const int UnreadLimit = 100;

    /// <summary>How many members a list item names, the longest in it first.</summary>
    const int MembersShown = 100;

    /// <summary>By last activity, newest first.</summary>
    Task<ListItem[]> List(Guid userId, InboxCursor? below, int limit);

    /// <summary>The list items of these conversations, as far as the user is a member; by last activity, newest first.</summary>
    Task<ListItem[]> Items(Guid userId, IReadOnlyList<Guid> conversationIds);

    /// <summary>All of the user's conversations with their heads, by last activity, newest first, at most <paramref name="limit"/>.</summary>
    Task<MembershipHead[]> Heads(Guid userId, int limit);
}
