using System.Text.Json;
using Chat.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

/// <summary>The real process ends while Postgres is away and messages are held.</summary>
public sealed class KilledWhileHoldingTests
{
    private const int Messages = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_ended_while_it_held_messages_stores_them_once_in_order_by_itself_when_it_is_back(bool inOrder)
    {
        await using var postgres = await Start();
        var folder = Directory.CreateTempSubdirectory("chat-held-").FullName;
        var server = new HoldingServer(postgres.ConnectionString, folder);
        await server.InitializeAsync();
        var alice = await server.Register();
        var id = await alice.Chat(await server.Register());
        await using var client = await server.Connect(alice);
        (await Send(client, id, "before")).GetProperty("durability").GetString().ShouldBe("committed");

        await postgres.Freeze();
        var held = new List<Guid>();
        for (var i = 0; i < Messages; i++)
        {
            var receipt = await Send(client, id, $"k{i}");
            receipt.GetProperty("durability").GetString().ShouldBe("held");
            receipt.TryGetProperty("sequence", out _).ShouldBeFalse();
            held.Add(receipt.GetProperty("messageId").GetGuid());
        }

        await End(server, inOrder);
        await postgres.Thaw();
        var next = new HoldingServer(postgres.ConnectionString, folder);
        await next.InitializeAsync();

        (await WaitForStored(postgres.ConnectionString, id, Messages + 1)).Skip(1).ShouldBe(held);
        await next.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task End(ChatServer server, bool inOrder)
    {
        if (inOrder)
        {
            // A drain waits for no database that is away: half a minute is all that it may take.
            server.Terminate();
            await server.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            server.Process.ExitCode.ShouldBe(0);
        }
        else
        {
            server.Process.Kill();
        }

        await server.DisposeAsync();
    }

    private static Task<JsonElement> Send(HubClient client, Guid id, string key) =>
        client.Invoke("SendMessage", new { conversationId = id, clientMessageId = key, content = $"body of {key}" });

    /// <summary>Read from the tables: nobody wakes the conversation but the server itself.</summary>
    private static async Task<Guid[]> WaitForStored(string connectionString, Guid id, int count)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        while (true)
        {
            await using var command = dataSource.CreateCommand("select coalesce(array_agg(message_id order by sequence), '{}') from messages where conversation_id = $1 and kind = 0");
            command.Parameters.AddWithValue(id);
            var stored = (Guid[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
            if (stored.Length >= count)
            {
                return stored;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<PostgresCluster> Start()
    {
        try
        {
            return await PostgresCluster.Start();
        }
        catch (PostgresMissingException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    private sealed class HoldingServer(string postgres, string folder) : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = postgres,
            ["Chat__Fallback__Folder"] = folder,
        };
    }
}
