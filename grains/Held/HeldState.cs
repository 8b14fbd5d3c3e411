using Chat.Held;
using Orleans;

namespace Chat.Grains.Held;

/// <summary>What one conversation has in the fallback, in order; each idempotency key once.</summary>
[GenerateSerializer, Alias("chat.held-state")]
internal sealed class HeldState
{
    [Id(0)]
    public List<HeldMessage> Messages { get; set; } = [];

    /// <summary>A key that is there already belongs to a message whose sender was never told that it is held: the newer one takes its place.</summary>
    public HeldState With(IEnumerable<HeldMessage> messages)
    {
        var next = new HeldState { Messages = [.. Messages] };
        foreach (var message in messages)
        {
            var known = next.Messages.FindIndex(m => m.SenderId == message.SenderId && string.Equals(m.Message.ClientMessageId, message.Message.ClientMessageId, StringComparison.Ordinal));
            if (known < 0)
            {
                next.Messages.Add(message);
            }
            else
            {
                next.Messages[known] = message;
            }
        }

        return next;
    }

    public HeldState Without(IReadOnlyCollection<Guid> messageIds) => new() { Messages = Messages.FindAll(m => !messageIds.Contains(m.MessageId)) };
}
