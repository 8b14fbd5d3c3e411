using Chat.Bench.Load;
using Npgsql;

namespace Chat.Bench.Compare;

/// <summary>A fresh database for one run, and the check of what is in it afterwards.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _server;
    private readonly string _name;

    private BenchDatabase(NpgsqlDataSource server, string name, string connectionString, int postmaster)
    {
        _server = server;
        _name = name;
        ConnectionString = connectionString;
        Postmaster = postmaster;
    }

    public string ConnectionString { get; }

    public int Postmaster { get; }

    public static async Task<BenchDatabase> Create(string postgres, string name)
    {
        var server = NpgsqlDataSource.Create(postgres);
        await Execute(server, $"drop database if exists {name} with (force)");
        await Execute(server, $"create database {name}");
        // The last run's dirty pages are not this run's work.
        await Execute(server, "checkpoint");

        await using var directory = server.CreateCommand("show data_directory");
        var pidFile = Path.Combine((string)(await directory.ExecuteScalarAsync())!, "postmaster.pid");
        var postmaster = int.Parse(File.ReadLines(pidFile).First());
        var connectionString = new NpgsqlConnectionStringBuilder(postgres) { Database = name }.ConnectionString;
        return new BenchDatabase(server, name, connectionString, postmaster);
    }

    /// <summary>Stored = acknowledged: per conversation the same number of messages with the same sequences, each key once, no gap in the log.</summary>
    public async Task<string[]> Verify(IEnumerable<ConversationTally> acknowledged)
    {
        const string Query = """
            select conversation_id,
                   count(*) filter (where kind = 0),
                   coalesce(sum(sequence) filter (where kind = 0), 0)::bigint,
                   count(distinct (sender_id, client_message_id)) filter (where kind = 0),
                   count(*) = max(sequence) - min(sequence) + 1 and min(sequence) = 1
            from messages group by conversation_id
            """;
        var expected = acknowledged.ToDictionary(tally => tally.ConversationId);
        var faults = new List<string>();
        await using var database = NpgsqlDataSource.Create(ConnectionString);
        await using var command = database.CreateCommand(Query);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var id = reader.GetGuid(0);
            expected.Remove(id, out var tally);
            var (stored, sum, keys, gapFree) = (reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4));
            if (tally is null || stored != tally.Acked || sum != tally.SequenceSum || keys != stored || !gapFree)
            {
                faults.Add($"conversation {id}: {tally?.Acked} acknowledged, {stored} stored, {keys} keys, sequences {(gapFree ? "without gap" : "with gaps")}");
            }
        }

        faults.AddRange(expected.Values.Where(tally => tally.Acked > 0).Select(tally => $"conversation {tally.ConversationId}: nothing stored"));
        return faults.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Execute(_server, $"drop database if exists {_name} with (force)");
        await _server.DisposeAsync();
    }

    private static async Task Execute(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
