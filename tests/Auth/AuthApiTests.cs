using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

public sealed class AuthApiTests(KeyedServer server) : IClassFixture<KeyedServer>
{
    private const string Password = "correct horse battery";

    private readonly string _name = $"p{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6))}";

    [Fact]
    public async Task Register_answers_what_the_contract_says_and_keeps_it_out_of_caches()
    {
        using var answer = await server.Http.PostAsJsonAsync("/api/auth/register", NewPerson(_name));

        ((int)answer.StatusCode).ShouldBe(201);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        body.EnumerateObject().Select(field => field.Name).ShouldBe(["accessToken", "refreshToken", "expiresIn", "user"], ignoreOrder: true);
        body.GetProperty("expiresIn").GetInt32().ShouldBe(3600);
        var user = body.GetProperty("user");
        user.EnumerateObject().Select(field => field.Name).ShouldBe(["id", "email", "username"], ignoreOrder: true);
        user.GetProperty("username").GetString().ShouldBe(_name);
        user.GetProperty("email").GetString().ShouldBe($"{_name}@example.org");
    }

    [Fact]
    public async Task Who_registered_signs_in_refreshes_and_signs_out()
    {
        await Post("register", NewPerson(_name));
        var (status, loggedIn) = await Post("login", new { login = _name.ToUpperInvariant(), password = Password });
        status.ShouldBe(200);

        var (refreshStatus, refreshed) = await Post("refresh", new { refreshToken = Text(loggedIn, "refreshToken") });
        refreshStatus.ShouldBe(200);
        Text(refreshed, "refreshToken").ShouldNotBe(Text(loggedIn, "refreshToken"));
        refreshed.GetProperty("user").GetRawText().ShouldBe(loggedIn.GetProperty("user").GetRawText());

        var token = Text(refreshed, "accessToken");
        (await Call(HttpMethod.Get, "/api/auth/me", token)).Body.GetRawText().ShouldBe(loggedIn.GetProperty("user").GetRawText());
        (await Call(HttpMethod.Post, "/api/auth/validate", token)).Body.GetProperty("valid").GetBoolean().ShouldBeTrue();

        (await Call(HttpMethod.Post, "/api/auth/logout", token)).Status.ShouldBe(204);
        ShouldBe(await Post("refresh", new { refreshToken = Text(refreshed, "refreshToken") }), 401, "unauthenticated", "session_ended");
        ShouldBe(await Call(HttpMethod.Post, "/api/auth/validate", token), 401, "unauthenticated", "session_ended");
    }

    [Fact]
    public async Task What_is_taken_is_a_conflict()
    {
        await Post("register", NewPerson(_name));

        ShouldBe(await Post("register", NewPerson(_name)), 409, "conflict", "email_taken");
        ShouldBe(await Post("register", new { email = $"x{_name}@example.org", username = _name, password = Password }), 409, "conflict", "username_taken");
    }

    [Theory]
    [InlineData("""{"email":"nobody","username":"nobody","password":"correct horse"}""", "email_invalid")]
    [InlineData("""{"email":"n@example.org","username":"a b","password":"correct horse"}""", "username_invalid")]
    [InlineData("""{"email":"n@example.org","username":"nobody","password":"short"}""", "password_too_short")]
    [InlineData("""{"email":"n@example.org","username":"nobody","password":"correct\u0000horse"}""", "invalid_character")]
    [InlineData("""{"email":"n@example.org","username":"nobody","password":"correct horse","role":"admin"}""", "unknown_field")]
    [InlineData("""{"email":"n@example.org","email":"m@example.org","username":"nobody","password":"correct horse"}""", "duplicate_field")]
    [InlineData("""{"email":"n@example.org","username":"nobody"}""", "missing_field")]
    [InlineData("""{"email":1,"username":"nobody","password":"correct horse"}""", "invalid_value")]
    [InlineData("""{"email":""", "invalid_json")]
    [InlineData("""{"email":"n@example.org","username":"nobody","password":"correct\ud800horse"}""", "invalid_value")]
    [InlineData("""{"\ud800":"n@example.org","username":"nobody","password":"correct horse"}""", "invalid_value")]
    public async Task Bad_input_is_a_problem_with_its_reason(string body, string reason) =>
        ShouldBe(await Post("register", body), 400, "invalid_request", reason);

    [Fact]
    public async Task A_wrong_password_and_an_unknown_login_are_one_answer()
    {
        await Post("register", NewPerson(_name));

        var wrong = await Post("login", new { login = _name, password = "wrong horse" });
        var unknown = await Post("login", new { login = $"x{_name}", password = "wrong horse" });

        ShouldBe(wrong, 401, "unauthenticated", "credentials_invalid");
        WithoutTrace(unknown.Body).ShouldBe(WithoutTrace(wrong.Body));
    }

    [Fact]
    public async Task Logins_have_a_limit_that_stops_nobody_else()
    {
        await Post("register", NewPerson(_name));
        for (var i = 0; i < KeyedServer.LoginsPerMinute; i++)
        {
            (await Post("login", new { login = _name, password = "wrong horse" })).Status.ShouldBe(401);
        }

        var (status, body) = await Post("login", new { login = _name.ToUpperInvariant(), password = Password });

        status.ShouldBe(429);
        Text(body, "code").ShouldBe("rate_limited");
        body.GetProperty("retryAfterMs").GetInt32().ShouldBeInRange(1, 60_000);
        (await Post("login", new { login = $"{_name}@example.org", password = Password })).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_used_refresh_token_gives_the_same_successor_and_an_older_one_ends_the_session()
    {
        var first = Text((await Post("register", NewPerson(_name))).Body, "refreshToken");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Post("refresh", new { refreshToken = first })));
        var second = answers.Select(answer => Text(answer.Body, "refreshToken")).Distinct().ShouldHaveSingleItem();
        var third = Text((await Post("refresh", new { refreshToken = second })).Body, "refreshToken");

        ShouldBe(await Post("refresh", new { refreshToken = first }), 401, "unauthenticated", "refresh_reused");
        ShouldBe(await Post("refresh", new { refreshToken = third }), 401, "unauthenticated", "session_ended");
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AZARZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    [InlineData("AZARZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    public async Task What_is_no_refresh_token_is_refused(string token) =>
        ShouldBe(await Post("refresh", new { refreshToken = token }), 401, "unauthenticated", "refresh_invalid");

    [Fact]
    public async Task Users_are_found_by_name_and_by_ids_without_their_addresses()
    {
        var me = (await Post("register", NewPerson(_name))).Body;
        var (token, id) = (Text(me, "accessToken"), Text(me.GetProperty("user"), "id"));
        var expected = $$"""{"id":"{{id}}","username":"{{_name}}"}""";

        (await Call(HttpMethod.Get, $"/api/users?username={_name.ToUpperInvariant()}", token)).Body.GetRawText().ShouldBe(expected);
        (await Call(HttpMethod.Get, $"/api/users?ids={id},{Guid.Empty},{id}", token)).Body.GetRawText().ShouldBe($"[{expected}]");
        ShouldBe(await Call(HttpMethod.Get, $"/api/users?username=x{_name}", token), 404, "not_found", null);
        (await Call(HttpMethod.Get, $"/api/users?username={_name}", null)).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?ids=")]
    [InlineData("?ids=x")]
    [InlineData("?ids=00000000-0000-0000-0000-000000000001,")]
    [InlineData("?username=a&ids=00000000-0000-0000-0000-000000000001")]
    public async Task A_query_for_users_that_is_none_is_refused(string query) =>
        ShouldBe(await Call(HttpMethod.Get, $"/api/users{query}", AccessTokenMint.Create(Guid.CreateVersion7())), 400, "invalid_request", "query_invalid");

    [Theory]
    [InlineData(100, 200)]
    [InlineData(101, 400)]
    public async Task At_most_100_users_are_asked_for_at_once(int count, int status)
    {
        var ids = string.Join(',', Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()));

        (await Call(HttpMethod.Get, $"/api/users?ids={ids}", AccessTokenMint.Create(Guid.CreateVersion7()))).Status.ShouldBe(status);
    }

    private static object NewPerson(string name) => new { email = $"{name}@example.org", username = name, password = Password };

    private static void ShouldBe((int Status, JsonElement Body) answer, int status, string code, string? reason)
    {
        answer.Status.ShouldBe(status);
        Text(answer.Body, "code").ShouldBe(code);
        (answer.Body.TryGetProperty("reason", out var actual) ? actual.GetString() : null).ShouldBe(reason);
    }

    private static string WithoutTrace(JsonElement body) =>
        string.Join('\n', body.EnumerateObject().Where(field => field.Name != "traceId").Select(field => field.ToString()));

    private static string Text(JsonElement element, string field) => element.GetProperty(field).GetString()!;

    private Task<(int Status, JsonElement Body)> Post(string path, object body) =>
        Send(new HttpRequestMessage(HttpMethod.Post, $"/api/auth/{path}") { Content = body is string json ? new StringContent(json, null, "application/json") : JsonContent.Create(body) });

    private Task<(int Status, JsonElement Body)> Call(HttpMethod method, string path, string? token)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return Send(request);
    }

    private async Task<(int Status, JsonElement Body)> Send(HttpRequestMessage request)
    {
        using (request)
        using (var answer = await server.Http.SendAsync(request))
        {
            var text = await answer.Content.ReadAsStringAsync();
            return ((int)answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
        }
    }
}
