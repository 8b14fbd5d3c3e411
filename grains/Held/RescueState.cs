using Orleans;

namespace Chat.Grains.Held;

/// <summary>Conversations that may have held messages.</summary>
[GenerateSerializer, Alias("chat.rescue-state")]
internal sealed class RescueState
{
    [Id(0)]
    public HashSet<Guid> Conversations { get; set; } = [];
}
