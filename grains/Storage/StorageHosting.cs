using Chat.Grains.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Grains.Storage;

public static class StorageHosting
{
    /// <summary>The longest that a new connection to Postgres may take, and that a call waits for a free one.</summary>
    internal const int ConnectSeconds = 2;

    /// <summary>The stores on Postgres, or in memory when there is no connection string.</summary>
    public static IServiceCollection AddChatStorage(this IServiceCollection services, string? postgresConnectionString)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddChatOptions<StorageOptions>(StorageOptions.Section, o => o.Fault());
        return postgresConnectionString is null ? services.AddMemory() : services.AddPostgres(postgresConnectionString);
    }

    private static IServiceCollection AddPostgres(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(provider => CreateDataSource(connectionString, provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton(provider => new PostgresPools(
            provider.GetRequiredService<NpgsqlDataSource>(),
            () => CreateDataSource(connectionString, provider.GetRequiredService<IOptions<StorageOptions>>().Value)));
        services.AddSingleton<PostgresGateway>();
        services.AddSingleton<IMessageLog, PostgresMessageLog>();
        services.AddSingleton<IInboxStore, PostgresInboxStore>();
        services.AddSingleton<IDeadLetterStore, PostgresDeadLetterStore>();
        return services;
    }

    private static IServiceCollection AddMemory(this IServiceCollection services)
    {
        services.AddSingleton<MemoryDatabase>();
        services.AddSingleton<IMessageLog, MemoryMessageLog>();
        services.AddSingleton<IInboxStore, MemoryInboxStore>();
        services.AddSingleton<IDeadLetterStore, MemoryDeadLetterStore>();
        return services;
    }

    internal static NpgsqlDataSource CreateDataSource(string connectionString, StorageOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "chat",
            MaxPoolSize = options.MaxPoolSize,
            Multiplexing = false,
            NoResetOnClose = true,
            MaxAutoPrepare = 0,
            KeepAlive = 0,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 5,
            TcpKeepAliveInterval = 1,
            Timeout = ConnectSeconds,

            // The gateway keeps the deadline. Npgsql's own would block a thread on a cancel request that a stopped server never takes.
            CommandTimeout = 0,
        };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
