using Chat.Delivery;
using Microsoft.Extensions.Options;
using Orleans;

namespace Chat.Grains.Delivery;

[GrainType("frontend-registry"), KeepAlive]
internal sealed class FrontendRegistryGrain(IOptions<DeliveryOptions> options, TimeProvider time) : Grain, IFrontendRegistryGrain
{
    private readonly Dictionary<string, long> _renewed = new(StringComparer.Ordinal);

    public Task Renew(string frontendId)
    {
        _renewed[frontendId] = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task Remove(string frontendId)
    {
        _renewed.Remove(frontendId);
        return Task.CompletedTask;
    }

    public Task<string[]> Live()
    {
        foreach (var dead in _renewed.Where(f => time.GetElapsedTime(f.Value).TotalSeconds > options.Value.LeaseSeconds).Select(f => f.Key).ToArray())
        {
            _renewed.Remove(dead);
        }

        return Task.FromResult(_renewed.Keys.ToArray());
    }
}
