using System.Text.Json;
using Chat.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

/// <summary>A send is idempotent for the life of its message: whole servers, real Postgres, and what happens between a send and its repetition.</summary>
public sealed class IdempotencyTests(PostgresFixture postgres)
{
    private const int HotWindow = 10;

    [Fact]
    public async Task From_another_device_and_over_REST_the_receipt_is_the_same()
    {
        await using var server = await Server.Start(await postgres.CreateDatabase());
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var phone = await server.Connect(ada);
        await using var laptop = await server.Connect(ada);

        var sent = await Send(phone, chat, "k", "once");

        ShouldRepeat(await Send(laptop, chat, "k", "once"), sent);
        ShouldRepeat(await Send(laptop, chat, "k", "once", retry: true), sent);
        var (status, receipt) = await Post(ada, chat, "k", "once");
        status.ShouldBe(200);
        ShouldRepeat(receipt, sent);
        (await Post(ada, chat, "k", "other")).Status.ShouldBe(409);
        (await Post(bob, chat, "k", "once")).Status.ShouldBe(201, "another sender's key is another key");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Days_a_restart_and_many_messages_later_the_receipt_is_the_same(bool retry)
    {
        var database = await postgres.CreateDatabase();
        Person ada;
        Guid chat;
        JsonElement sent;
        await using (var server = await Server.Start(database))
        {
            ada = await server.Register();
            chat = await ada.Chat(await server.Register());
            await using var client = await server.Connect(ada);
            sent = await Send(client, chat, "k", "once");
            for (var i = 0; i < HotWindow * 2; i++)
            {
                await Send(client, chat, $"filler-{i}", "x");
            }
        }

        await Execute(database, "update messages set sent_at = sent_at - interval '30 days'");
        await using var later = await Server.Start(database);
        await using var again = await later.Connect(ada);

        // Beside fresh ones, in one batch: those lose nothing by it.
        var receipts = await SendTogether((again, chat, "new-1", "x", false), (again, chat, "k", "once", retry), (again, chat, "new-2", "x", false));
        var other = await Send(again, chat, "k", "other", retry);

        receipts[1].GetProperty("messageId").GetGuid().ShouldBe(sent.GetProperty("messageId").GetGuid());
        receipts[1].GetProperty("sequence").GetInt64().ShouldBe(sent.GetProperty("sequence").GetInt64());
        receipts[1].GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        new[] { receipts[0], receipts[2] }.Select(r => r.GetProperty("sequence").GetInt64()).Order().ShouldBe([HotWindow * 2 + 2, HotWindow * 2 + 3]);
        other.GetProperty("code").GetString().ShouldBe("conflict");
        other.GetProperty("reason").GetString().ShouldBe("idempotency_mismatch");
        (await Stored(database, chat)).Count(m => m.Key == "k").ShouldBe(1);
    }

    /// <summary>No cluster, no fence but the log's: each server takes the conversation for its own.</summary>
    [Fact]
    public async Task Two_servers_that_know_nothing_of_each_other_keep_one_order_and_one_message_per_key()
    {
        var database = await postgres.CreateDatabase();
        await using var one = await Server.Start(database);
        await using var other = await Server.Start(database);
        var ada = await one.Register();
        var chat = await ada.Chat(await one.Register());
        await using var left = await one.Connect(ada);
        await using var right = await other.Connect(ada);
        var sequences = new Dictionary<string, long>(StringComparer.Ordinal);

        for (var i = 0; i < 30; i++)
        {
            // Both at once, and one key in common.
            var sends = await SendUntilReceipts(chat, (left, $"left-{i}"), (right, $"right-{i}"), (left, $"both-{i}"), (right, $"both-{i}"));
            sends[2].GetProperty("messageId").GetGuid().ShouldBe(sends[3].GetProperty("messageId").GetGuid());
            (sequences[$"left-{i}"], sequences[$"right-{i}"], sequences[$"both-{i}"]) = (Sequence(sends[0]), Sequence(sends[1]), Sequence(sends[2]));
        }

        var stored = await Stored(database, chat);
        stored.Select(m => m.Sequence).ShouldBe(Enumerable.Range(1, 90).Select(i => (long)i));
        stored.ToDictionary(m => m.Key, m => m.Sequence, StringComparer.Ordinal).ShouldBe(sequences, ignoreOrder: true);
    }

    private static async Task<JsonElement[]> SendUntilReceipts(Guid chat, params (HubClient Client, string Key)[] sends)
    {
        var receipts = new JsonElement[sends.Length];
        var open = Enumerable.Range(0, sends.Length).ToArray();
        for (var retry = false; open.Length > 0; retry = true)
        {
            var answers = await SendTogether([.. open.Select(i => (sends[i].Client, chat, sends[i].Key, "x", retry))]);
            foreach (var (i, answer) in open.Zip(answers))
            {
                if (!answer.GetProperty("ok").GetBoolean())
                {
                    answer.GetProperty("code").GetString().ShouldBe("unavailable");
                    answer.GetProperty("retryAfterMs").GetInt32().ShouldBePositive();
                }

                receipts[i] = answer;
            }

            await Task.Delay(answers.Where(a => !a.GetProperty("ok").GetBoolean()).Select(a => TimeSpan.FromMilliseconds(a.GetProperty("retryAfterMs").GetInt32())).DefaultIfEmpty().Max(), TimeProvider.System);
            open = [.. open.Where(i => !receipts[i].GetProperty("ok").GetBoolean())];
        }

        return receipts;
    }

    private static async Task<JsonElement[]> SendTogether(params (HubClient Client, Guid Chat, string Key, string Content, bool Retry)[] sends)
    {
        var begun = new List<(HubClient Client, string Id)>();
        foreach (var (client, chat, key, content, retry) in sends)
        {
            var argument = JsonSerializer.Serialize(new { conversationId = chat, clientMessageId = key, content, retry });
            begun.Add((client, await client.Begin("SendMessage", $"[{argument}]")));
        }

        var answers = new List<JsonElement>();
        foreach (var (client, id) in begun)
        {
            answers.Add((await client.CompletionOf(id)).GetProperty("result"));
        }

        return [.. answers];
    }

    private static long Sequence(JsonElement receipt) => receipt.GetProperty("sequence").GetInt64();

    private static Task<JsonElement> Send(HubClient client, Guid chat, string key, string content, bool retry = false) =>
        client.Invoke("SendMessage", new { conversationId = chat, clientMessageId = key, content, retry });

    private static Task<(int Status, JsonElement Body)> Post(Person person, Guid chat, string key, string content) =>
        person.Call("POST", $"/api/conversations/{chat}/messages", new { clientMessageId = key, content });

    private static void ShouldRepeat(JsonElement receipt, JsonElement first)
    {
        receipt.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        foreach (var field in new[] { "messageId", "conversationId", "sequence", "sentAt", "durability" })
        {
            receipt.GetProperty(field).ToString().ShouldBe(first.GetProperty(field).ToString());
        }
    }

    private static async Task<List<(long Sequence, string Key)>> Stored(string database, Guid chat)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select sequence, client_message_id from messages where conversation_id = $1 and kind = 0 order by sequence");
        command.Parameters.Add(new NpgsqlParameter { Value = chat });
        await using var reader = await command.ExecuteReaderAsync();
        var stored = new List<(long, string)>();
        while (await reader.ReadAsync())
        {
            stored.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        return stored;
    }

    private static async Task Execute(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Server(string database) : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = database,
            ["Chat__Conversation__HotWindow"] = $"{HotWindow}",
            ["Chat__Conversation__RetryAfterMs"] = "50",
            ["Chat__Auth__PasswordIterations"] = "10",
        };

        public static async Task<Server> Start(string database)
        {
            var server = new Server(database);
            await server.InitializeAsync();
            return server;
        }
    }
}
