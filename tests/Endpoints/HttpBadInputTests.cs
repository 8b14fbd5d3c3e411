using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Endpoints;

/// <summary>RELIABILITY's catalogue of requests, JSON, ids and paging. Every refusal is problem details with a code, and says nothing of what was sent.</summary>
public sealed class HttpBadInputTests(ChatServer server) : IClassFixture<ChatServer>
{
    private const string Nobody = "0198b3f0-1111-7222-8333-444455556666";

    [Theory]
    [InlineData("GET", "/nope", 404, "not_found")]
    [InlineData("GET", "/api/nope", 404, "not_found")]
    [InlineData("GET", "/api/conversations/../../etc/passwd", 404, "not_found")]
    [InlineData("GET", "/%2e%2e/%2e%2e/etc/passwd", 404, "not_found")]
    [InlineData("DELETE", "/api/conversations", 405, "invalid_request")]
    [InlineData("PUT", "/health/live", 405, "invalid_request")]
    [InlineData("TRACE", "/health/live", 405, "invalid_request")]
    [InlineData("GET", "/api/conversations", 401, "unauthenticated")]
    [InlineData("GET", "/api//conversations", 404, "not_found")]
    public async Task H1_H2_H3_H21_paths_and_methods(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await server.Http.SendAsync(request);
        await ShouldBeProblem(answer, status, code);
        if (status == 405)
        {
            answer.Content.Headers.Allow.ShouldNotBeEmpty();
        }
    }

    [Theory]
    [InlineData("", "invalid_request")]
    [InlineData("{", "invalid_json")]
    [InlineData("[1]", "invalid_value")]
    [InlineData("nonsense", "invalid_json")]
    [InlineData("""{"type":"direct",}""", "invalid_json")]
    [InlineData("""{"type":"direct"/**/}""", "invalid_json")]
    [InlineData("""{"type":"direct","role":"admin"}""", "unknown_field")]
    [InlineData("""{"Type":"direct"}""", "unknown_field")]
    [InlineData("""{"$type":"x","type":"direct"}""", "unknown_field")]
    [InlineData("""{"type":"direct","type":"group"}""", "duplicate_field")]
    [InlineData("{}", "missing_field")]
    [InlineData("""{"type":0}""", "invalid_value")]
    [InlineData("""{"type":"secret"}""", "invalid_value")]
    [InlineData("""{"type":null}""", "invalid_value")]
    [InlineData("""{"type":"direct","participantIds":["no-uuid"]}""", "invalid_value")]
    [InlineData("""{"type":"direct","participantIds":"x"}""", "invalid_value")]
    [InlineData("null", "invalid_request")]
    public async Task J_bodies(string body, string reason)
    {
        var ada = await server.Register();
        var (status, problem) = await ada.Call("POST", "/api/conversations", body);
        status.ShouldBe(400);
        problem.GetProperty("code").GetString().ShouldBe("invalid_request");
        (problem.TryGetProperty("reason", out var said) ? said.GetString() : "invalid_request").ShouldBe(reason);
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("NaN")]
    [InlineData("1.0")]
    [InlineData("9223372036854775808")]
    [InlineData("\"5\"")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task J7_J9_numbers_are_exact_or_refused(string number)
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var (status, _) = await ada.Call("POST", $"/api/conversations/{await ada.Chat(bob)}/read", $$"""{"sequence":{{number}}}""");
        status.ShouldBe(400);
    }

    [Fact]
    public async Task J10_nesting_without_end_is_refused()
    {
        var ada = await server.Register();
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10_000));
        (await ada.Call("POST", "/api/conversations", deep)).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("text/plain", null, 415)]
    [InlineData(null, null, 415)]
    [InlineData("application/json", "gzip", 415)]
    public async Task H5_H15_bodies_of_another_kind(string? type, string? encoding, int status)
    {
        var ada = await server.Register();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/conversations") { Content = new ByteArrayContent("{}"u8.ToArray()) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ada.Token);
        request.Content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var answer = await server.Http.SendAsync(request);
        await ShouldBeProblem(answer, status, "invalid_request");
    }

    [Theory]
    [InlineData(65_536, 400)]
    [InlineData(65_537, 413)]
    public async Task H7_a_body_has_a_limit(int bytes, int status)
    {
        var ada = await server.Register();
        var (answered, problem) = await ada.Call("POST", "/api/conversations", new string(' ', bytes));
        answered.ShouldBe(status);
        problem.GetProperty("code").GetString().ShouldBe(status == 413 ? "too_large" : "invalid_request");
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=-1")]
    [InlineData("limit=101")]
    [InlineData("limit=2147483648")]
    [InlineData("limit=abc")]
    [InlineData("limit=1&limit=2")]
    [InlineData("after=-1")]
    [InlineData("before=0")]
    [InlineData("around=0")]
    [InlineData("before=5&after=1")]
    [InlineData("after=1.5")]
    public async Task P1_P2_P3_paging_that_means_nothing(string query)
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var (status, problem) = await ada.Call("GET", $"/api/conversations/{await ada.Chat(bob)}/messages?{query}");
        status.ShouldBe(400);
        problem.GetProperty("code").GetString().ShouldBe("invalid_request");
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("cursor=nonsense")]
    [InlineData("cursor=%00")]
    public async Task P1_paging_of_the_list_that_means_nothing(string query) =>
        (await (await server.Register()).Call("GET", $"/api/conversations?{query}")).Status.ShouldBe(400);

    [Fact]
    public async Task P2_after_the_head_is_an_empty_page()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var (status, page) = await ada.Call("GET", $"/api/conversations/{await ada.Chat(bob)}/messages?after=1000");
        status.ShouldBe(200);
        page.GetProperty("events").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("not-a-uuid", 400)]
    [InlineData("1%27%20OR%201=1", 400)]
    [InlineData(Nobody, 404)]
    [InlineData("00000000-0000-0000-0000-000000000000", 404)]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff", 404)]
    public async Task I1_I2_I3_I7_ids(string id, int status)
    {
        var ada = await server.Register();
        foreach (var (method, path, body) in new (string, string, object?)[]
        {
            ("GET", $"/api/conversations/{id}", null),
            ("GET", $"/api/conversations/{id}/messages", null),
            ("POST", $"/api/conversations/{id}/messages", new { clientMessageId = "k", content = "x" }),
            ("POST", $"/api/conversations/{id}/read", new { sequence = 1 }),
            ("PATCH", $"/api/conversations/{id}", new { name = "x" }),
            ("DELETE", $"/api/conversations/{id}/members/{ada.Id}", null),
        })
        {
            var (answered, problem) = await ada.Call(method, path, body);
            answered.ShouldBe(status, $"{method} {path}");
            problem.ToString().ShouldNotContain(id);
        }
    }

    [Fact]
    public async Task I5_I6_anothers_conversation_and_a_users_id_look_like_nothing()
    {
        var (ada, bob, eve) = (await server.Register(), await server.Register(), await server.Register());
        var (foreign, one) = await eve.Call("GET", $"/api/conversations/{await ada.Chat(bob)}");
        var (user, other) = await eve.Call("GET", $"/api/conversations/{ada.Id}");
        (foreign, user).ShouldBe((404, 404));
        one.ToString().ShouldBe(other.ToString());
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\ud800")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\\u200b")]
    public async Task U1_U2_U3_text_that_is_none(string content)
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var (status, problem) = await ada.Call("POST", $"/api/conversations/{await ada.Chat(bob)}/messages", $$"""{"clientMessageId":"k","content":"{{content}}"}""");
        status.ShouldBe(400);
        problem.GetProperty("code").GetString().ShouldBe("invalid_request");
    }

    [Fact]
    public async Task H7_a_body_that_is_announced_too_large_is_not_waited_for()
    {
        var ada = await server.Register();
        var answer = await Raw($"POST /api/conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.Token}\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 413");
        answer.ShouldContain("Connection: close");
    }

    [Fact]
    public async Task H9_two_lengths_end_the_connection_so_nothing_can_hide_behind_them() =>
        (await Raw($"POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\n\r\n"))
            .ShouldContain("Connection: close");

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", 400)]
    [InlineData("X-Bad: a\0b\r\n", 400)]
    public async Task H11_H14_requests_that_are_not_HTTP(string headers, int status) =>
        (await Raw($"POST /api/conversations HTTP/1.1\r\nHost: {server.Url.Authority}\r\n{headers}\r\nhello")).ShouldStartWith($"HTTP/1.1 {status}");

    [Fact]
    public async Task H13_too_many_headers_are_431()
    {
        var many = string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: 1\r\n"));
        var large = $"X-Large: {new string('x', 33 * 1024)}\r\n";
        (await Raw($"GET /health/live HTTP/1.1\r\nHost: x\r\n{many}\r\n")).ShouldStartWith("HTTP/1.1 431");
        (await Raw($"GET /health/live HTTP/1.1\r\nHost: x\r\n{large}\r\n")).ShouldStartWith("HTTP/1.1 431");
    }

    [Fact]
    public async Task H18_headers_that_claim_another_user_are_ignored()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/auth/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ada.Token);
        request.Headers.Add("X-User-Id", $"{bob.Id}");
        using var answer = await server.Http.SendAsync(request);
        (await answer.Content.ReadAsStringAsync()).ShouldContain($"{ada.Id}");
    }

    [Fact]
    public async Task H22_a_foreign_origin_gets_no_permission()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/conversations");
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await server.Http.SendAsync(request);
        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task The_OpenAPI_document_knows_every_path()
    {
        var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json")).RootElement;
        var paths = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToArray();
        foreach (var path in new[] { "/api/auth/register", "/api/conversations", "/api/conversations/{id}", "/api/conversations/{id}/members", "/api/conversations/{id}/messages", "/api/conversations/{id}/read", "/api/presence/{userId}" })
        {
            paths.ShouldContain(path);
        }
    }

    private static async Task ShouldBeProblem(HttpResponseMessage answer, int status, string code)
    {
        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString().ShouldBe(code);
    }

    private async Task<string> Raw(string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Url.Host, server.Url.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[1024];
        var read = await tcp.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
