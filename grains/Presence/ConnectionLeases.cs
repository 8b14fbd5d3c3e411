using Chat.Presence;

namespace Chat.Grains.Presence;

/// <summary>A user's connections as leases, and the status that follows from them. Pure: it is told the time.</summary>
internal sealed class ConnectionLeases(PresenceOptions options)
{
    private readonly Dictionary<(string Frontend, string Connection), Lease> _leases = [];
    private PresenceStatus _chosen = PresenceStatus.Online;
    private DateTimeOffset? _lastHeld;

    public bool Any => _leases.Count > 0;

    public DateTimeOffset? LastSeenAt { get; private set; }

    /// <summary>The frontends that host a connection.</summary>
    public string[] Frontends => [.. _leases.Keys.Select(k => k.Frontend).Distinct(StringComparer.Ordinal)];

    public void Attach(string frontend, string connection, DateTimeOffset now)
    {
        _leases[(frontend, connection)] = new Lease(now, now);
        LastSeenAt = now;
    }

    public void Detach(string frontend, string connection, DateTimeOffset now)
    {
        if (_leases.Remove((frontend, connection)))
        {
            _lastHeld = now;
            LastSeenAt = now;
        }
    }

    /// <summary>A heartbeat without activity renews the lease and never lifts AWAY.</summary>
    public void Heartbeat(string frontend, string connection, bool active, DateTimeOffset now)
    {
        var before = _leases.GetValueOrDefault((frontend, connection), new Lease(now, now));
        _leases[(frontend, connection)] = new Lease(now, active ? now : before.Activity);
        LastSeenAt = active ? now : LastSeenAt;
    }

    public void Choose(PresenceStatus status) => _chosen = status;

    /// <summary>Ends the connections of frontends that are gone. One that only lacks heartbeats is still a way to the user: it counts no more for the status, and it ends
    /// with its socket.</summary>
    public void Expire(Func<string, bool> isLive, DateTimeOffset now)
    {
        foreach (var key in _leases.Keys.ToArray())
        {
            if (!isLive(key.Frontend))
            {
                _leases.Remove(key);
                _lastHeld = now;
            }
        }
    }

    public PresenceStatus StatusAt(DateTimeOffset now)
    {
        if (_leases.Count == 0)
        {
            return _lastHeld is { } last && now - last < TimeSpan.FromSeconds(options.GraceSeconds) ? Connected(PresenceStatus.Online) : PresenceStatus.Offline;
        }

        var held = _leases.Values.Where(l => now - l.Heartbeat <= TimeSpan.FromSeconds(options.ConnectionLeaseSeconds)).ToArray();
        if (held.Length == 0)
        {
            return PresenceStatus.Offline;
        }

        var away = held.All(l =>
            now - l.Heartbeat > TimeSpan.FromSeconds(options.AwaySeconds) || now - l.Activity > TimeSpan.FromSeconds(options.IdleSeconds));
        return Connected(away ? PresenceStatus.Away : PresenceStatus.Online);
    }

    private PresenceStatus Connected(PresenceStatus derived) => _chosen is PresenceStatus.Busy or PresenceStatus.Away ? _chosen : derived;

    private readonly record struct Lease(DateTimeOffset Heartbeat, DateTimeOffset Activity);
}
