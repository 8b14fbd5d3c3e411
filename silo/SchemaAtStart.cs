using Npgsql;

namespace Chat.Silo;

/// <summary>The schema is there before the first grain is.</summary>
internal sealed class SchemaAtStart(NpgsqlDataSource dataSource, ILogger<SchemaAtStart> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Migrations.Apply(dataSource, logger, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
