using Orleans;

namespace Chat.Retention;

/// <summary>While it stands, retention takes nothing of the conversation: no entry, no deleted content.</summary>
[GenerateSerializer, Immutable, Alias("chat.legal-hold")]
public sealed record LegalHold(
    [property: Id(0)] Guid ConversationId,
    [property: Id(1)] string Reason,
    [property: Id(2)] Guid PlacedBy,
    [property: Id(3)] DateTimeOffset PlacedAt);

/// <summary>Those that stand, the newest first.</summary>
[GenerateSerializer, Immutable, Alias("chat.legal-holds")]
public sealed record LegalHolds([property: Id(0)] LegalHold[] Items);
