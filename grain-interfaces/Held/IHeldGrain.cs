using Chat.Conversations;
using Orleans;

namespace Chat.Held;

/// <summary>The held messages of one conversation, durable in the fallback. The key is the conversation's id; only the conversation calls it, one call at a time.</summary>
[Alias("chat.held-grain")]
public interface IHeldGrain : IGrainWithGuidKey
{
    /// <summary>Keeps all of them, behind what is held already, or none. An idempotency key is there once: the later message takes the place of the earlier one.</summary>
    [Alias("add")]
    Task<Answer<Done>> Add(HeldMessage[] messages);

    /// <summary>In the order of their coming.</summary>
    [Alias("list")]
    Task<HeldMessage[]> List();

    [Alias("remove")]
    Task Remove(Guid[] messageIds);
}
