namespace Chat.Grains.Accounts;

/// <summary>Sessions that end with the process.</summary>
internal sealed class MemorySessionStore : ISessionStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Session> _sessions = [];
    private readonly Dictionary<Guid, List<Guid>> _byAccount = [];

    public Task Create(Session session)
    {
        lock (_lock)
        {
            if (!_byAccount.TryGetValue(session.AccountId, out var siblings))
            {
                _byAccount.Add(session.AccountId, siblings = []);
            }

            siblings.RemoveAll(id => !_sessions[id].IsLive(session.CreatedAt) && _sessions.Remove(id));
            siblings.Add(session.Id);
            _sessions.Add(session.Id, session);
            return Task.CompletedTask;
        }
    }

    public Task<Session?> Get(Guid id)
    {
        lock (_lock)
        {
            return Task.FromResult(_sessions.GetValueOrDefault(id));
        }
    }

    public Task<bool> Rotate(Session rotated, byte[] from)
    {
        lock (_lock)
        {
            var current = _sessions.GetValueOrDefault(rotated.Id);
            var unchanged = current is { RevokedAt: null } && current.TokenHash.AsSpan().SequenceEqual(from);
            if (unchanged)
            {
                _sessions[rotated.Id] = rotated;
            }

            return Task.FromResult(unchanged);
        }
    }

    public Task Revoke(Guid id, DateTimeOffset at, string reason)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(id, out var session) && session.RevokedAt is null)
            {
                _sessions[id] = session with { RevokedAt = at, RevokedReason = reason };
            }

            return Task.CompletedTask;
        }
    }
}
