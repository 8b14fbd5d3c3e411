using Chat.Conversations;
using Chat.Presence;
using Orleans;

namespace Chat.Delivery;

/// <summary>Everything that the server may say to a client without being asked: the family is complete here and in <see cref="ConversationEvent"/>.</summary>
[GenerateSerializer, Immutable, Alias("chat.server-event")]
public abstract record ServerEvent;

/// <summary>A conversation is new to the recipient, or its head is worth comparing with the position the client holds (`change`: `created`, `head`).</summary>
[GenerateSerializer, Immutable, Alias("chat.conversation-changed")]
public sealed record ConversationChanged(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] string Change,
    [property: Id(2)] long Head) : ServerEvent;

/// <summary>A member has read up to <paramref name="Sequence"/>.</summary>
[GenerateSerializer, Immutable, Alias("chat.read-moved")]
public sealed record ReadMoved(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] Guid UserId,
    [property: Id(2)] long Sequence) : ServerEvent;

/// <summary>A member began or stopped typing. Ends by itself after 5 s without a renewal.</summary>
[GenerateSerializer, Immutable, Alias("chat.typing-changed")]
public sealed record TypingChanged(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] Guid UserId,
    [property: Id(2)] bool IsTyping) : ServerEvent;

/// <summary>The presence of a user whom the recipient watches.</summary>
[GenerateSerializer, Immutable, Alias("chat.presence-changed")]
public sealed record PresenceChanged(
    [property: Id(0)] Guid UserId,
    [property: Id(1)] PresenceStatus Status,
    [property: Id(2)] DateTimeOffset? LastSeenAt) : ServerEvent;

/// <summary>A held message will never have a place in the order: drop it. `already_stored` as reason: the log has it under another id.</summary>
[GenerateSerializer, Immutable, Alias("chat.message-rejected")]
public sealed record MessageRejected(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] Guid MessageId,
    [property: Id(2)] Guid SenderId,
    [property: Id(3)] string ClientMessageId,
    [property: Id(4)] RefusalCode Code,
    [property: Id(5)] string? Reason) : ServerEvent;
