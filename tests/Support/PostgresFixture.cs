using System.Security.Cryptography;
using Chat.Silo;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Chat.Tests.Support;

/// <summary>Databases for the tests: on the server that CHAT_TEST_POSTGRES names, or else in a private cluster that `scripts/postgres` starts with
/// the first test that asks and that ends with the run.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly Lazy<Task<string>> _template;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private PostgresCluster? _cluster;

    public PostgresFixture() => _template = new Lazy<Task<string>>(MakeTemplate);

    /// <summary>The connection string of a new database with the schema of this build. Skips the test where Postgres cannot be had.</summary>
    public async Task<string> CreateDatabase()
    {
        var template = await OrSkip();
        var settings = new NpgsqlConnectionStringBuilder(template);
        var name = NewName();
        await _oneAtATime.WaitAsync();
        try
        {
            await Execute(Maintenance(template), $"create database {name} template {settings.Database}");
        }
        finally
        {
            _oneAtATime.Release();
        }

        settings.Database = name;
        return settings.ConnectionString;
    }

    /// <summary>The connection string of a new database without any table.</summary>
    public async Task<string> CreateEmptyDatabase()
    {
        var maintenance = Maintenance(await OrSkip());
        var name = NewName();
        await Execute(maintenance, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(maintenance) { Database = name }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        _oneAtATime.Dispose();
        if (_cluster is { } cluster)
        {
            await cluster.DisposeAsync();
        }
    }

    private async Task<string> OrSkip()
    {
        try
        {
            return await _template.Value;
        }
        catch (PostgresMissingException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    private async Task<string> MakeTemplate()
    {
        var server = Environment.GetEnvironmentVariable("CHAT_TEST_POSTGRES");
        if (string.IsNullOrEmpty(server))
        {
            _cluster = await PostgresCluster.Start();
            server = _cluster.ConnectionString;
        }

        var settings = new NpgsqlConnectionStringBuilder(server) { Database = NewName() };
        await Execute(Maintenance(server), $"create database {settings.Database}");
        await using (var dataSource = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false }))
        {
            await Migrations.Apply(dataSource, NullLogger.Instance, CancellationToken.None);
        }

        return settings.ConnectionString;
    }

    private static string Maintenance(string server) =>
        new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false }.ConnectionString;

    private static string NewName() => "test_" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    private static async Task Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
