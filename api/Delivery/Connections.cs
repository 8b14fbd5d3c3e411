using System.Collections.Concurrent;

namespace Chat.Api.Delivery;

/// <summary>The sockets of this process by user, each user's in the order of their arrival.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<Guid, ClientConnection[]> _byUser = new();

    public IEnumerable<KeyValuePair<Guid, ClientConnection[]>> ByUser => _byUser;

    public IEnumerable<ClientConnection> All => _byUser.SelectMany(u => u.Value);

    public ReadOnlySpan<ClientConnection> Of(Guid userId) => _byUser.TryGetValue(userId, out var connections) ? connections : [];

    public void Add(ClientConnection connection) =>
        _byUser.AddOrUpdate(connection.UserId, static (_, added) => [added], static (_, before, added) => [.. before, added], connection);

    public void Remove(ClientConnection connection)
    {
        while (_byUser.TryGetValue(connection.UserId, out var before))
        {
            var after = Array.FindAll(before, c => c != connection);
            if (after.Length == 0 ? _byUser.TryRemove(KeyValuePair.Create(connection.UserId, before)) : _byUser.TryUpdate(connection.UserId, after, before))
            {
                return;
            }
        }
    }
}
