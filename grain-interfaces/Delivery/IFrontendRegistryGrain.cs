using Orleans;

namespace Chat.Delivery;

/// <summary>Which frontends are alive: leases in memory. One for the whole cluster, key 0.</summary>
[Alias("chat.frontend-registry-grain")]
public interface IFrontendRegistryGrain : IGrainWithIntegerKey
{
    /// <summary>Registers the frontend or renews its lease (15 s, to be renewed every 5 s).</summary>
    [Alias("renew")]
    Task Renew(string frontendId);

    /// <summary>The frontend ends in order.</summary>
    [Alias("remove")]
    Task Remove(string frontendId);

    /// <summary>The frontends with a live lease.</summary>
    [Alias("live")]
    Task<string[]> Live();
}
