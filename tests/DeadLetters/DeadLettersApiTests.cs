using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.DeadLetters;

public sealed class DeadLettersApiTests(OperatedServer server) : IClassFixture<OperatedServer>
{
    private const string Secret = "unspeakable";
    private const string Path = "/api/admin/dead-letters";

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/0190f2a0-0000-7000-8000-000000000001")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/redrive")]
    [InlineData("POST", "/redrive")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/discard")]
    public async Task Only_operators_come_in(string method, string path)
    {
        var (status, problem) = await (await server.Register()).Call(method, Path + path);
        status.ShouldBe(403);
        problem.GetProperty("code").GetString().ShouldBe("forbidden");

        using var anonymous = await server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), Path + path), TestContext.Current.CancellationToken);
        ((int)anonymous.StatusCode).ShouldBe(401);
    }

    [Theory]
    [InlineData("GET", "/no-uuid", null, 400, "invalid_request")]
    [InlineData("GET", "/0190f2a0-0000-7000-8000-000000000001", null, 404, "not_found")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/redrive", null, 404, "not_found")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/discard", """{"reason":"spam"}""", 404, "not_found")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/discard", """{"reason":""}""", 400, "invalid_request")]
    [InlineData("POST", "/0190f2a0-0000-7000-8000-000000000001/discard", "{}", 400, "invalid_request")]
    [InlineData("POST", "/redrive", """{"ids":[]}""", 400, "invalid_request")]
    [InlineData("POST", "/redrive", """{"ids":["no-uuid"]}""", 400, "invalid_request")]
    [InlineData("GET", "?limit=0", null, 400, "invalid_request")]
    [InlineData("GET", "?limit=101", null, 400, "invalid_request")]
    [InlineData("GET", "?cursor=x", null, 400, "invalid_request")]
    [InlineData("GET", "?state=alive", null, 400, "invalid_request")]
    [InlineData("GET", "?conversationId=x", null, 400, "invalid_request")]
    public async Task Bad_input_is_told(string method, string path, string? body, int status, string code)
    {
        var (answered, problem) = await server.Olga.Call(method, Path + path, body);

        answered.ShouldBe(status);
        problem.GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task More_than_a_hundred_at_once_are_refused() =>
        (await server.Olga.Call("POST", $"{Path}/redrive", new { ids = Enumerable.Range(0, 101).Select(_ => Guid.Empty) })).Status.ShouldBe(400);

    [Fact]
    public async Task From_poison_to_a_message_that_members_get_and_nothing_of_it_in_the_logs()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var peer = await server.Connect(bob);
        foreach (var key in new[] { "k1", "k2", "k3" })
        {
            (await ada.Call("POST", $"/api/conversations/{chat}/messages", new { clientMessageId = key, content = $"{Secret} {key} {PoisonTrigger.Mark}" })).Status.ShouldBe(422);
        }

        var items = await Pages(server.Olga, chat);
        items.Length.ShouldBe(3);
        items.ShouldAllBe(i => i.GetProperty("state").GetString() == "dead" && i.GetProperty("reason").GetString() == "poison" && i.GetProperty("size").GetInt32() > 40);
        items.Select(i => i.GetProperty("at").GetDateTimeOffset()).ShouldBeInOrder(SortDirection.Descending);
        var oldest = items[^1].GetProperty("id").GetGuid();
        (await server.Olga.Call("GET", $"{Path}/{oldest}")).Body.ToString().ShouldNotContain(Secret);
        (await server.Olga.Call("GET", $"{Path}/{oldest}")).Body.ToString().ShouldNotContain(ada.Id.ToString());
        var read = (await server.Rita.Call("GET", $"{Path}/{oldest}")).Body.GetProperty("content");
        read.GetProperty("content").GetString().ShouldBe($"{Secret} k1 {PoisonTrigger.Mark}");
        read.GetProperty("senderId").GetGuid().ShouldBe(ada.Id);
        (await PoisonTrigger.Ask<Guid>(server.Database, "select read_by from dead_letters where id = $1", oldest)).ShouldBe(server.Rita.Id);
        await server.WaitForOutput("more than Chat:DeadLetters:AlarmDepth (1)");

        (await server.Olga.Call("POST", $"{Path}/{oldest}/redrive")).Status.ShouldBe(422);
        await PoisonTrigger.Remove(server.Database);
        var (status, redriven) = await server.Olga.Call("POST", $"{Path}/{oldest}/redrive");
        status.ShouldBe(200);
        redriven.GetProperty("sequence").GetInt64().ShouldBe(1);
        (await peer.WaitFor("MessageReceived")).GetProperty("clientMessageId").GetString().ShouldBe("k1");
        var discarded = items[0].GetProperty("id").GetGuid();
        (await server.Olga.Call("POST", $"{Path}/{discarded}/discard", new { reason = "spam" })).Body.GetProperty("state").GetString().ShouldBe("discarded");
        var results = (await server.Olga.Call("POST", $"{Path}/redrive", new { ids = items.Select(i => i.GetProperty("id").GetGuid()).Append(Guid.Empty) })).Body.GetProperty("items");
        results.EnumerateArray().Select(r => r.GetProperty("ok").GetBoolean()).ShouldBe([false, true, true, false]);
        results[0].GetProperty("reason").GetString().ShouldBe("already_discarded");
        results[1].GetProperty("sequence").GetInt64().ShouldBe(2);

        server.Output.ShouldNotContain(Secret);
        server.Output.Split('\n').Where(l => l.Contains("dead letter", StringComparison.Ordinal)).ShouldAllBe(l => !l.Contains(ada.Id.ToString()));
    }

    private static async Task<JsonElement[]> Pages(Person who, Guid chat)
    {
        var items = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var (_, page) = await who.Call("GET", $"{Path}?conversationId={chat}&limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("cursor", out var next) ? next.GetString() : null;
        }

        return [.. items];
    }
}
