using Chat.Conversations;
using Chat.Grains.Delivery;
using Chat.Presence;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Presence;

/// <summary>Awake as long as there is a connection or a conversation that watches its routes; a sweep ends leases.</summary>
[GrainType("user-presence")]
internal sealed class UserPresenceGrain(IOptions<PresenceOptions> options, LiveFrontends live, TimeProvider time) : Grain, IUserPresenceGrain
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    private readonly ConnectionLeases _connections = new(options.Value);
    private readonly HashSet<Guid> _watchers = [];
    private IGrainTimer? _sweep;
    private string[] _routes = [];

    private Guid UserId => this.GetPrimaryKey();

    public Task Attach(string frontendId, string[] connectionIds)
    {
        foreach (var connectionId in connectionIds)
        {
            _connections.Attach(frontendId, connectionId, time.GetUtcNow());
        }

        return TellRoutes();
    }

    public Task Detach(string frontendId, string connectionId)
    {
        _connections.Detach(frontendId, connectionId, time.GetUtcNow());
        return TellRoutes();
    }

    public Task Heartbeat(string frontendId, string connectionId, bool active)
    {
        _connections.Heartbeat(frontendId, connectionId, active, time.GetUtcNow());
        return TellRoutes();
    }

    public Task<UserPresence> SetStatus(PresenceStatus status)
    {
        _connections.Choose(status);
        return Get();
    }

    public Task<UserPresence> Get()
    {
        var now = time.GetUtcNow();
        var status = _connections.StatusAt(now);
        if (status == PresenceStatus.Offline && _watchers.Count == 0)
        {
            // Asked about somebody who is not here, who may not even exist: nothing to stay awake for.
            DeactivateOnIdle();
        }

        return Task.FromResult(new UserPresence(UserId, status, _connections.LastSeenAt));
    }

    public Task<string[]> WatchRoutes(Guid conversationId)
    {
        _watchers.Add(conversationId);
        StayAwake();
        return Task.FromResult(_routes);
    }

    public Task UnwatchRoutes(Guid conversationId)
    {
        _watchers.Remove(conversationId);
        return Task.CompletedTask;
    }

    /// <summary>Told without waiting: a conversation that is busy must not hold up a connect.</summary>
    private Task TellRoutes()
    {
        var routes = _connections.Frontends;
        if (!routes.SequenceEqual(_routes, StringComparer.Ordinal))
        {
            _routes = routes;
            foreach (var conversationId in _watchers)
            {
                _ = GrainFactory.GetGrain<IConversationGrain>(conversationId).OnRoutesChanged(UserId, routes);
            }
        }

        StayAwake();
        return Task.CompletedTask;
    }

    private Task Sweep()
    {
        _connections.Expire(live.IsLive, time.GetUtcNow());
        return TellRoutes();
    }

    private void StayAwake()
    {
        if (_connections.Any || _watchers.Count > 0)
        {
            _sweep ??= this.RegisterGrainTimer(Sweep, new GrainTimerCreationOptions(SweepPeriod, SweepPeriod) { KeepAlive = true });
        }
        else
        {
            _sweep?.Dispose();
            _sweep = null;
        }
    }
}
