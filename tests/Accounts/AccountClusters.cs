using Chat.Grains.Accounts;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Tests.Accounts;

/// <summary>One cluster on each store for a whole class, with passwords that cost little.</summary>
public sealed class AccountClusters(PostgresFixture postgres) : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private readonly Dictionary<StoreKind, ChatCluster> _running = [];

    internal static Task<ChatCluster> Start(string? database, Action<AccountOptions>? configure = null) =>
        ChatCluster.Start(services => services.PostConfigure(configure ?? (o => o.PasswordIterations = 10)), database);

    internal async Task<ChatCluster> On(StoreKind kind)
    {
        await _once.WaitAsync();
        try
        {
            if (!_running.TryGetValue(kind, out var cluster))
            {
                cluster = await Start(kind is StoreKind.Memory ? null : await postgres.CreateDatabase());
                _running.Add(kind, cluster);
            }

            return cluster;
        }
        finally
        {
            _once.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _once.Dispose();
        foreach (var cluster in _running.Values)
        {
            await cluster.DisposeAsync();
        }
    }
}
