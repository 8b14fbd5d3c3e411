using Chat.Conversations;
using Orleans;

namespace Chat.Held;

/// <summary>A message that was accepted and has no place in the order yet. Whatever commits it later keeps its id and its time.</summary>
[GenerateSerializer, Immutable, Alias("chat.held-message")]
public sealed record HeldMessage(
    [property: Id(0)] Guid MessageId,
    [property: Id(1)] Guid SenderId,
    [property: Id(2)] SendMessage Message,
    [property: Id(3)] DateTimeOffset SentAt)
{
    // Frameworks log the arguments of a call: a message must not be readable there.
    public override string ToString() => $"{nameof(HeldMessage)} {MessageId}";
}
