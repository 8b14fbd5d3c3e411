using Orleans;

namespace Chat.Conversations;

/// <summary>One intent to send.</summary>
/// <param name="ClientMessageId">The idempotency key: unique per conversation and sender for the life of the message; 1 to 128 characters.</param>
/// <param name="Type">What the content is; `text` when absent.</param>
/// <param name="ReplyTo">The sequence of the message that this one answers.</param>
/// <param name="Retry">The client has sent this key before and got no receipt: it is looked up before it is appended.</param>
[GenerateSerializer, Immutable, Alias("chat.send-message")]
public sealed record SendMessage(
    [property: Id(0)] string ClientMessageId,
    [property: Id(1)] string Content,
    [property: Id(2)] string? Type = null,
    [property: Id(3)] long? ReplyTo = null,
    [property: Id(4)] bool Retry = false)
{
    // Frameworks log the arguments of a call: a message must not be readable there.
    public override string ToString() => nameof(SendMessage);
}

/// <summary>`Committed`: in Postgres. `Held`: durable in the fallback, without a sequence yet.</summary>
[GenerateSerializer]
public enum Durability
{
    Committed,
    Held,
}

/// <summary>The answer to a send that was accepted. The same key gives the same receipt, with <paramref name="Duplicate"/> set.</summary>
[GenerateSerializer, Immutable, Alias("chat.receipt")]
public sealed record Receipt(
    [property: Id(0)] Guid MessageId,
    [property: Id(1)] Guid ConversationId,
    [property: Id(2)] long? Sequence,
    [property: Id(3)] DateTimeOffset SentAt,
    [property: Id(4)] bool Duplicate,
    [property: Id(5)] Durability Durability);
