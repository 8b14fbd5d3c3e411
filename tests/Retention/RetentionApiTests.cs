using System.Text.Json;
using Chat.Tests.Auth;
using Chat.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

/// <summary>What operators and clients see of it, on the one process.</summary>
public sealed class RetentionApiTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Guid Olga = Guid.CreateVersion7(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private readonly string _folder = Directory.CreateTempSubdirectory("chat-archive-").FullName;
    private string _database = null!;
    private Server _server = null!;

    private Person Operator => new(Olga, "olga", AccessTokenMint.Create(Olga), _server.Http);

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabase();
        _server = new Server(_database, _folder);
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Only_operators_may()
    {
        var ann = await _server.Register();
        foreach (var (method, path, body) in new (string, string, object?)[]
        {
            ("GET", "", null), ("POST", "/run", new { dryRun = true }), ("GET", "/holds", null),
            ("PUT", $"/holds/{Olga}", new { reason = "x" }), ("DELETE", $"/holds/{Olga}", new { reason = "x" }),
        })
        {
            (await ann.Call(method, $"/api/admin/retention{path}", body)).Status.ShouldBe(403, $"{method} {path}");
            (await (ann with { Token = "none" }).Call(method, $"/api/admin/retention{path}", body)).Status.ShouldBe(401, $"{method} {path}");
        }

        (await Operator.Call("GET", "/api/admin/retention")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_operator_looks_holds_forces_and_reads_the_report_and_clients_load_anew()
    {
        var (ann, bob) = (await _server.Register(), await _server.Register());
        var id = await ann.Chat(bob);
        foreach (var key in new[] { "a", "b", "c" })
        {
            (await ann.Call("POST", $"/api/conversations/{id}/messages", new { clientMessageId = key, content = key })).Status.ShouldBe(201);
        }

        await Execute("update messages set sent_at = sent_at - interval '91 days' where sequence <= 2");

        var (refusedStatus, refused) = await Run(new { dryRun = false });
        (refusedStatus, Text(refused, "outcome"), Text(refused, "reason")).ShouldBe((200, "refused", "share_exceeded"));
        (await Run(new { dryRun = false, force = true })).Status.ShouldBe(400);

        (await Operator.Call("PUT", $"/api/admin/retention/holds/{id}", new { reason = "court" })).Status.ShouldBe(200);
        (await Operator.Call("PUT", $"/api/admin/retention/holds/{Olga}", new { reason = "court" })).Status.ShouldBe(404);
        (await Operator.Call("PUT", $"/api/admin/retention/holds/{id}", new { reason = " " })).Body.GetProperty("reason").GetString().ShouldBe("empty_reason");
        var held = (await Run(new { dryRun = false, force = true, reason = "first run" })).Body;
        (Number(held, "deletedRows"), Number(held, "heldConversations")).ShouldBe((0, 1));
        (await Operator.Call("GET", "/api/admin/retention/holds")).Body.GetProperty("items")[0].GetProperty("placedBy").GetGuid().ShouldBe(Olga);
        (await Operator.Call("DELETE", $"/api/admin/retention/holds/{id}", new { reason = "settled" })).Status.ShouldBe(204);
        (await Operator.Call("DELETE", $"/api/admin/retention/holds/{id}", new { reason = "settled" })).Status.ShouldBe(404);

        await using var hub = await _server.Connect(bob);
        var done = (await Run(new { dryRun = false, force = true, reason = "first run" })).Body;
        (Text(done, "outcome"), Number(done, "deletedRows"), Text(done, "forceReason"), done.GetProperty("forcedBy").GetGuid()).ShouldBe(("completed", 2, "first run", Olga));
        Text((await Operator.Call("GET", "/api/admin/retention")).Body.GetProperty("items")[0], "id").ShouldBe(Text(done, "id"));

        var sync = (await hub.Invoke("Sync", new { positions = new[] { new { conversationId = id, after = 1 } } })).GetProperty("conversations")[0];
        (sync.GetProperty("resync").GetBoolean(), Number(sync, "head"), Number(sync, "through")).ShouldBe((true, 3, 3));
        var page = (await bob.Call("GET", $"/api/conversations/{id}/messages")).Body;
        (page.GetProperty("events").EnumerateArray().Select(e => Number(e, "sequence")).Single(), page.GetProperty("more").GetBoolean()).ShouldBe((3, false));
        (await bob.Call("GET", "/api/conversations")).Body.GetProperty("items")[0].GetProperty("unread").GetInt32().ShouldBe(1);
    }

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();

    private static long Number(JsonElement from, string name) => from.GetProperty(name).GetInt64();

    private Task<(int Status, JsonElement Body)> Run(object request) => Operator.Call("POST", "/api/admin/retention/run", request);

    private async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Server(string database, string folder) : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = database,
            ["Chat__Auth__Keys__0__Id"] = AccessTokenMint.KeyId,
            ["Chat__Auth__Keys__0__Secret"] = AccessTokenMint.Secret,
            ["Chat__Auth__PasswordIterations"] = "10",
            ["Chat__Admin__Operators__0"] = $"{Olga}",
            ["Chat__Retention__ArchiveFolder"] = folder,
            ["Chat__Retention__PauseMs"] = "0",
        };
    }
}
