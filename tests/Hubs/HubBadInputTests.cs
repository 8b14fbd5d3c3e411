using System.Net.WebSockets;
using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

/// <summary>RELIABILITY's catalogue of handshakes, frames and arguments. After each case the same server still serves.</summary>
public sealed class HubBadInputTests(ChatServer server) : IClassFixture<ChatServer>
{
    private const int Limit = 32 * 1024;

    [Fact]
    public async Task S1_negotiate_without_a_token_is_401()
    {
        using var answer = await server.Http.PostAsync("/hubs/chat/negotiate?negotiateVersion=1", null);
        ((int)answer.StatusCode).ShouldBe(401);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not.a.token")]
    public async Task S2_a_WebSocket_without_a_valid_token_is_refused(string? token) =>
        (await Should.ThrowAsync<WebSocketException>(() => HubClient.Open(server.Url, token))).Message.ShouldContain("401");

    [Fact]
    public async Task S3_the_token_in_the_query_is_nothing_to_REST()
    {
        var ada = await server.Register();
        using var answer = await server.Http.GetAsync($"/api/conversations?access_token={ada.Token}");
        ((int)answer.StatusCode).ShouldBe(401);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("https://good.example.evil.com")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:1")]
    public async Task S5_a_page_of_another_origin_is_refused(string origin)
    {
        var ada = await server.Register();
        (await Should.ThrowAsync<WebSocketException>(() => HubClient.Open(server.Url, ada.Token, origin))).Message.ShouldContain("403");
    }

    [Fact]
    public async Task S5_our_own_page_is_welcome()
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada, $"http://{server.Url.Authority}");
        (await client.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"type":1,"target":"Heartbeat","arguments":[{"active":true}]}""")]
    [InlineData("""{"protocol":"messagepack","version":1}""")]
    [InlineData("garbage")]
    public async Task S7_a_first_frame_that_is_no_handshake_closes(string frame)
    {
        var ada = await server.Register();
        await using var client = await HubClient.Open(server.Url, ada.Token);
        client.StartReading();
        await client.Send(frame);
        await client.WaitForClose();
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("[1,2]")]
    [InlineData("{}")]
    [InlineData("""{"type":1,"target":"Heartbeat"}""")]
    public async Task S11_a_frame_that_is_none_closes(string frame)
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);
        await client.Send(frame);
        await client.WaitForClose();
    }

    [Theory]
    [InlineData(Limit - 1, true)]
    [InlineData(Limit, true)]
    [InlineData(Limit + 1, false)]
    public async Task S14_a_message_has_a_limit(int bytes, bool survives)
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);
        const string Start = """{"type":1,"invocationId":"1","target":"Heartbeat","arguments":[{"active":true}],"padding":""" + "\"";
        await client.SendRaw($"{Start}{new string('x', bytes - Start.Length - 3)}\"}}\u001e");
        if (survives)
        {
            (await client.CompletionOf("1")).GetProperty("result").GetProperty("ok").GetBoolean().ShouldBeTrue();
        }
        else
        {
            await client.WaitForClose();
        }
    }

    [Theory]
    [InlineData("NoSuchMethod", "[{}]")]
    [InlineData("OnConnectedAsync", "[]")]
    [InlineData("Heartbeat", "[]")]
    [InlineData("Heartbeat", """[{"active":true},1]""")]
    [InlineData("Heartbeat", """["true"]""")]
    [InlineData("Heartbeat", "[null]")]
    [InlineData("Heartbeat", "[{}]")]
    [InlineData("Heartbeat", """[{"active":true,"role":"admin"}]""")]
    [InlineData("Heartbeat", """[{"active":true,"active":false}]""")]
    [InlineData("MarkRead", """[{"conversationId":"no-uuid","sequence":1}]""")]
    [InlineData("MarkRead", """[{"conversationId":"00000000-0000-0000-0000-000000000000","sequence":"5"}]""")]
    [InlineData("MarkRead", """[{"conversationId":"00000000-0000-0000-0000-000000000000","sequence":1.5}]""")]
    [InlineData("MarkRead", """[{"conversationId":"00000000-0000-0000-0000-000000000000","sequence":9223372036854775808}]""")]
    [InlineData("MarkRead", """[{"conversationId":"00000000-0000-0000-0000-000000000000","sequence":1e400}]""")]
    [InlineData("SendMessage", """[{"conversationId":"00000000-0000-0000-0000-000000000000","clientMessageId":null,"content":"x"}]""")]
    [InlineData("SendMessage", """[{"conversationId":"00000000-0000-0000-0000-000000000000","clientMessageId":"k","content":"\ud800"}]""")]
    [InlineData("SendMessage", """[{"conversationId":"00000000-0000-0000-0000-000000000000","clientMessageId":"k","content":"x","senderId":"00000000-0000-0000-0000-000000000000"}]""")]
    [InlineData("SetStatus", """[{"status":"invisible"}]""")]
    [InlineData("SetStatus", """[{"status":1}]""")]
    [InlineData("Sync", """[{"positions":null}]""")]
    public async Task S15_S18_S19_what_cannot_be_bound_completes_with_an_error_and_the_connection_lives(string method, string arguments)
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);

        var completion = await client.Complete(method, arguments);

        completion.TryGetProperty("error", out var error).ShouldBeTrue(completion.ToString());
        error.GetString()!.ShouldNotContain("   at ");
        (await client.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff")]
    [InlineData("0198b3f0-1111-7222-8333-444455556666")]
    public async Task I2_I3_an_unknown_conversation_is_not_found(string id)
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);
        var answer = await client.Invoke("SendMessage", new { conversationId = id, clientMessageId = "k", content = "hi" });
        answer.GetProperty("code").GetString().ShouldBe("not_found");
    }

    [Fact]
    public async Task S17_S21_another_case_of_the_name_and_a_repeated_invocation_id_change_nothing()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var client = await server.Connect(ada);
        var frame = $$"""{"type":1,"invocationId":"same","target":"sENDmESSAGE","arguments":[{"conversationId":"{{chat}}","clientMessageId":"k","content":"hi"}]}""";

        await client.SendRaw($"{frame}\u001e{frame}\u001e");
        var answers = new[] { (await client.CompletionOf("same")).GetProperty("result"), (await client.CompletionOf("same")).GetProperty("result") };

        answers.Select(a => a.GetProperty("sequence").GetInt64()).ShouldBe([1L, 1L]);
        answers.Count(a => a.GetProperty("duplicate").GetBoolean()).ShouldBe(1);
    }

    [Fact]
    public async Task S23_arrays_nested_without_end_close()
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);
        await client.Send($$"""{"type":1,"invocationId":"1","target":"Heartbeat","arguments":[{{new string('[', 100)}}{{new string(']', 100)}}]}""");
        await client.WaitForClose();
    }

    [Fact]
    public async Task S25_answers_to_nobody_are_ignored()
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);
        await client.Send("""{"type":2,"invocationId":"x","item":1}""");
        await client.Send("""{"type":3,"invocationId":"x","result":1}""");
        await client.Send("""{"type":5,"invocationId":"x"}""");
        (await client.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task S29_the_eleventh_connection_of_a_user_closes_the_oldest()
    {
        var ada = await server.Register();
        var clients = new List<HubClient>();
        for (var i = 0; i < 11; i++)
        {
            clients.Add(await server.Connect(ada));
            (await clients[^1].Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
        }

        var closing = await clients[0].WaitFor("Closing");
        closing.GetProperty("reason").GetString().ShouldBe("too_many_connections");
        closing.GetProperty("retryAfterMs").GetInt32().ShouldBeInRange(1_000, 2_000);
        await clients[0].WaitForClose();
        foreach (var client in clients.Skip(1))
        {
            (await client.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
        }

        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }
}
