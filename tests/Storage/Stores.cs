using System.Diagnostics.Metrics;
using Chat.Grains.Diagnostics;
using Chat.Grains.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Tests.Storage;

/// <summary>The stores under test, with one database for a whole class.</summary>
public sealed class Stores(PostgresFixture postgres) : IAsyncDisposable
{
    private readonly MemoryDatabase _memory = new();
    private readonly SemaphoreSlim _once = new(1);

    internal NpgsqlDataSource? DataSource { get; private set; }

    internal string? ConnectionString { get; private set; }

    internal async Task<IMessageLog> Log(StoreKind kind) => kind is StoreKind.Memory ? new MemoryMessageLog(_memory) : new PostgresMessageLog(await Gateway());

    internal async Task<IInboxStore> Inbox(StoreKind kind) => kind is StoreKind.Memory ? new MemoryInboxStore(_memory) : new PostgresInboxStore(await Gateway());

    internal async Task<PostgresGateway> Gateway()
    {
        var options = new StorageOptions { DeadlineMs = 20_000 };
        await _once.WaitAsync();
        try
        {
            ConnectionString ??= await postgres.CreateDatabase();
            DataSource ??= StorageHosting.CreateDataSource(ConnectionString, options);
        }
        finally
        {
            _once.Release();
        }

        return Gateway(DataSource, options);
    }

    internal static PostgresGateway Gateway(NpgsqlDataSource dataSource, StorageOptions options) =>
        new(Pools(dataSource), Health(), Options.Create(options), TimeProvider.System, NullLogger<PostgresGateway>.Instance);

    internal static PostgresPools Pools(NpgsqlDataSource dataSource) => new(dataSource, () => throw new InvalidOperationException("This test needs no other pool."));

    internal static LogHealth Health(TimeProvider? time = null) => new(time ?? TimeProvider.System, Instruments(), NullLogger<LogHealth>.Instance);

    internal static ChatInstruments Instruments() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    public async ValueTask DisposeAsync()
    {
        _once.Dispose();
        if (DataSource is { } dataSource)
        {
            await dataSource.DisposeAsync();
        }
    }
}
