namespace Chat.Grains.Delivery;

/// <summary>This silo's view of the live frontends, refreshed from the registry. One that the registry has not named yet counts as alive for one lease: a route may
/// be quicker than the registry. One that it has named and names no more is dead for good: a frontend that comes back has a new incarnation.</summary>
internal sealed class LiveFrontends(TimeSpan lease, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _firstRouted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _dead = new(StringComparer.Ordinal);
    private volatile HashSet<string> _registered = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> All => _registered;

    public void Refresh(IEnumerable<string> registered)
    {
        lock (_gate)
        {
            var live = new HashSet<string>(registered, StringComparer.Ordinal);
            _dead.UnionWith(_registered.Where(f => !live.Contains(f)));
            _registered = live;
        }
    }

    public bool IsLive(string frontendId)
    {
        if (_registered.Contains(frontendId))
        {
            return true;
        }

        lock (_gate)
        {
            if (_dead.Contains(frontendId))
            {
                return false;
            }

            if (!_firstRouted.TryGetValue(frontendId, out var since))
            {
                _firstRouted[frontendId] = since = time.GetTimestamp();
            }

            return time.GetElapsedTime(since) < lease;
        }
    }
}
