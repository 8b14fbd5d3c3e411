using System.Text.Json.Serialization;
using Chat.Conversations;
using Chat.Inbox;
using Chat.Presence;

namespace Chat.Api.Hubs;

/// <summary>What a hub method answers: `{ok: true, ...}`, or `{ok: false, code, reason?, message, retryAfterMs?}`.</summary>
public abstract record HubAnswer([property: JsonPropertyOrder(-1)] bool Ok);

public sealed record Refused(RefusalCode Code, string? Reason, string Message, int? RetryAfterMs) : HubAnswer(false)
{
    public static Refused From(Refusal refusal) => new(refusal.Code, refusal.Reason, refusal.Message, refusal.RetryAfterMs);
}

public sealed record Acknowledged() : HubAnswer(true)
{
    public static readonly Acknowledged Instance = new();
}

public sealed record Sent(Guid MessageId, Guid ConversationId, long? Sequence, DateTimeOffset SentAt, bool Duplicate, Durability Durability) : HubAnswer(true)
{
    public static Sent From(Receipt receipt) =>
        new(receipt.MessageId, receipt.ConversationId, receipt.Sequence, receipt.SentAt, receipt.Duplicate, receipt.Durability);
}

public sealed record ReadMarked(Guid ConversationId, long Sequence) : HubAnswer(true);

public sealed record StatusSet(Guid UserId, PresenceStatus Status, DateTimeOffset? LastSeenAt) : HubAnswer(true);

public sealed record Synced(ConversationSync[] Conversations, ListItem[] Added, Guid[] Gone) : HubAnswer(true);
