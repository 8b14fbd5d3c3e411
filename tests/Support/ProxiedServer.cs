using Npgsql;
using Xunit;

namespace Chat.Tests.Support;

/// <summary>The product on a Postgres of its own, with a network in between that a test can break.</summary>
public sealed class ProxiedServer : ChatServer, IAsyncLifetime
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public PostgresCluster Postgres { get; private set; } = null!;

    /// <summary>What is done to it before the product starts.</summary>
    public Func<PostgresCluster, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    public TcpProxy Network { get; private set; } = null!;

    /// <summary>What this server is started with, beside its database.</summary>
    public IDictionary<string, string> Settings => _environment;

    protected override IReadOnlyDictionary<string, string> Environment => _environment;

    public new async ValueTask InitializeAsync()
    {
        try
        {
            Postgres = await PostgresCluster.Start();
            await Prepare(Postgres);
        }
        catch (PostgresMissingException e)
        {
            Assert.Skip(e.Message);
        }

        Network = TcpProxy.Before(Postgres.ConnectionString);
        _environment["ConnectionStrings__Postgres"] = Network.Through(Postgres.ConnectionString);

        // Who is told to come back comes back after that time, like any client; a test has less of it.
        _environment["Chat__Conversation__RetryAfterMs"] = "50";

        // What senders are told without a fallback.
        _environment["Chat__Fallback__Folder"] = "";
        await base.InitializeAsync();
    }

    /// <summary>What is stored, read past the server and the network.</summary>
    public async Task<(long Sequence, string Key)[]> Stored(Guid conversationId)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select sequence, client_message_id from messages where conversation_id = $1 order by sequence", connection)
        {
            Parameters = { new() { Value = conversationId } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        var stored = new List<(long, string)>();
        while (await reader.ReadAsync())
        {
            stored.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        return [.. stored];
    }

    public new async ValueTask DisposeAsync()
    {
        if (Network is not null)
        {
            await base.DisposeAsync();
            await Network.DisposeAsync();
            await Postgres.DisposeAsync();
        }
    }
}
