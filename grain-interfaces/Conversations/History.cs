using Orleans;

namespace Chat.Conversations;

/// <summary>A page of the log: at most one of the three anchors, the newest page when there is none.</summary>
/// <param name="Before">Entries below this sequence, the nearest to it.</param>
/// <param name="After">Entries above this sequence, the nearest to it.</param>
/// <param name="Around">Entries on both sides of this sequence, itself included.</param>
/// <param name="Limit">1 to 100.</param>
[GenerateSerializer, Immutable, Alias("chat.history-query")]
public sealed record HistoryQuery(
    [property: Id(0)] long? Before,
    [property: Id(1)] long? After,
    [property: Id(2)] long? Around,
    [property: Id(3)] int Limit);

/// <param name="Events">Ascending by sequence.</param>
/// <param name="More">There are further entries in the direction asked for.</param>
/// <param name="Held">With the newest page: what is accepted and waits for its place behind the head; absent when there is nothing.</param>
[GenerateSerializer, Immutable, Alias("chat.history-page")]
public sealed record HistoryPage(
    [property: Id(0)] ConversationEvent[] Events,
    [property: Id(1)] long Head,
    [property: Id(2)] bool More,
    [property: Id(3)] ConversationEvent[]? Held = null);

/// <summary>What a client holds of a conversation: everything up to <paramref name="After"/>.</summary>
[GenerateSerializer, Immutable, Alias("chat.sync-position")]
public sealed record SyncPosition([property: Id(0)] Guid ConversationId, [property: Id(1)] long After);

/// <summary>What the client lacks of one conversation.</summary>
/// <param name="Through">The client holds everything that it may see up to here once it has applied <paramref name="Events"/>.</param>
/// <param name="More">Ask again after <paramref name="Through"/>.</param>
/// <param name="Resync">The position is too old or ahead of the log: drop what is held and load anew.</param>
[GenerateSerializer, Immutable, Alias("chat.conversation-sync")]
public sealed record ConversationSync(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] long Head,
    [property: Id(2)] long Through,
    [property: Id(3)] ConversationEvent[] Events,
    [property: Id(4)] bool More,
    [property: Id(5)] bool Resync);
