using Chat.Conversations;
using Orleans;
using Orleans.Concurrency;

namespace Chat.Held;

/// <summary>Which conversations have held messages: one of <see cref="RescueShards.Count"/> lists, durable in the fallback. It wakes those conversations until nothing of
/// them is held.</summary>
[Alias("chat.rescue-grain")]
public interface IRescueGrain : IGrainWithIntegerKey
{
    /// <summary>Before the first message of an outage is held: who is not listed here would not be found after a crash.</summary>
    [Alias("note")]
    Task<Answer<Done>> Note(Guid conversationId);

    [Alias("holds")]
    Task<bool> Holds(Guid conversationId);

    /// <summary>The log may be back: has what is listed rescued.</summary>
    [Alias("run"), OneWay]
    Task Run();
}

/// <summary>Which list a conversation is on.</summary>
public static class RescueShards
{
    /// <summary>No setting: with another number conversations would be looked for in the wrong list.</summary>
    public const int Count = 8;

    public static long Of(Guid conversationId)
    {
        Span<byte> bytes = stackalloc byte[16];
        conversationId.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes[15] % Count;
    }
}
