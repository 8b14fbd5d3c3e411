using Orleans;

namespace Chat.Conversations;

[GenerateSerializer]
public enum ConversationType
{
    Direct,
    Group,
    Business,
}

[GenerateSerializer]
public enum MemberRole
{
    Member,
    Admin,
}

/// <summary>A user allowed in a conversation.</summary>
/// <param name="JoinedSequence">The head when the user joined: entries after it are this member's.</param>
/// <param name="ReadSequence">The read cursor: the highest sequence the member has read. It only moves forward.</param>
[GenerateSerializer, Immutable, Alias("chat.member")]
public sealed record Member(
    [property: Id(0)] Guid UserId,
    [property: Id(1)] MemberRole Role,
    [property: Id(2)] long JoinedSequence,
    [property: Id(3)] long ReadSequence);

/// <summary>A conversation as its members see it.</summary>
/// <param name="Head">The sequence of the newest entry of the log; 0 when there is none.</param>
[GenerateSerializer, Immutable, Alias("chat.conversation")]
public sealed record Conversation(
    [property: Id(0)] Guid Id,
    [property: Id(1)] ConversationType Type,
    [property: Id(2)] string? Name,
    [property: Id(3)] Guid? BusinessId,
    [property: Id(4)] Member[] Members,
    [property: Id(5)] long Head,
    [property: Id(6)] DateTimeOffset CreatedAt);

/// <summary>Found or made: a direct conversation exists once per pair.</summary>
[GenerateSerializer, Immutable, Alias("chat.conversation-opened")]
public sealed record ConversationOpened([property: Id(0)] Conversation Conversation, [property: Id(1)] bool Created);

/// <summary>What a new conversation starts with. The creator is always a member, and the admin of a group.</summary>
[GenerateSerializer, Immutable, Alias("chat.open-conversation")]
public sealed record OpenConversation(
    [property: Id(0)] ConversationType Type,
    [property: Id(1)] Guid CreatorId,
    [property: Id(2)] Guid[] ParticipantIds,
    [property: Id(3)] string? Name);
