using Chat.Conversations;
using Orleans;

namespace Chat.Inbox;

/// <summary>A conversation in a user's list.</summary>
/// <param name="Unread">Messages by others, not deleted, visible to the user, after the read cursor; counted to 100.</param>
/// <param name="UnreadMore">There are more than were counted.</param>
[GenerateSerializer, Immutable, Alias("chat.list-item")]
public sealed record ListItem(
    [property: Id(0)] Guid Id,
    [property: Id(1)] ConversationType Type,
    [property: Id(2)] string? Name,
    [property: Id(3)] Member[] Members,
    [property: Id(4)] long Head,
    [property: Id(5)] long ReadSequence,
    [property: Id(6)] int Unread,
    [property: Id(7)] bool UnreadMore,
    [property: Id(8)] int Mentions,
    [property: Id(9)] ConversationEvent? LastMessage,
    [property: Id(10)] DateTimeOffset LastActivityAt,
    [property: Id(11)] DateTimeOffset? MutedUntil,
    [property: Id(12)] bool Archived);

/// <param name="Cursor">Give it back for the next page; null on the last one.</param>
[GenerateSerializer, Immutable, Alias("chat.inbox-page")]
public sealed record InboxPage([property: Id(0)] ListItem[] Items, [property: Id(1)] string? Cursor);

/// <param name="Conversations">Those of the positions that are behind.</param>
/// <param name="Added">Conversations the client holds no position for.</param>
/// <param name="Gone">Positions of conversations that the user is no longer a member of.</param>
[GenerateSerializer, Immutable, Alias("chat.inbox-sync")]
public sealed record InboxSync(
    [property: Id(0)] ConversationSync[] Conversations,
    [property: Id(1)] ListItem[] Added,
    [property: Id(2)] Guid[] Gone);

/// <summary>A user's list of conversations, derived by query. The key is the user's id.</summary>
[Alias("chat.inbox-grain")]
public interface IInboxGrain : IGrainWithGuidKey
{
    /// <summary>By last activity, newest first.</summary>
    /// <param name="limit">1 to 100.</param>
    [Alias("list")]
    Task<Answer<InboxPage>> List(string? cursor, int limit);

    /// <summary>Heals whatever the client missed: one query finds what is behind, only that wakes its conversation.</summary>
    [Alias("sync")]
    Task<Answer<InboxSync>> Sync(SyncPosition[] positions);
}
