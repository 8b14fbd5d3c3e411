using Npgsql;

namespace Chat.Broken;

/// <summary>Runs when the schema is there: hosted services start in the order in which they are registered.</summary>
internal sealed class SqlAtStart(NpgsqlDataSource dataSource, string sql) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
