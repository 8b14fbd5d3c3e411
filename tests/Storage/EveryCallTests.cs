using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Chat.Api.Hubs;
using Chat.Tests.Auth;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>Whatever anybody asks for while Postgres answers nothing: an answer, soon, and never an error. The lists below are compared with what there is, so that
/// nothing new is forgotten.</summary>
public sealed class EveryCallTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Unavailable = "unavailable";
    private const string Ok = "ok";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(1_500);
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly Guid Olga = Guid.Parse("0190f2a0-0000-7000-8000-0000000000a1");
    private static readonly Guid Nobody = Guid.Parse("0190f2a0-0000-7000-8000-0000000000ff");

    private readonly ProxiedServer _server = new()
    {
        Settings =
        {
            ["Chat__Admin__Operators__0"] = $"{Olga}",
            ["Chat__Auth__Keys__0__Id"] = AccessTokenMint.KeyId,
            ["Chat__Auth__Keys__0__Secret"] = AccessTokenMint.Secret,
        },
    };

    private Person _ann = null!;
    private Person _bob = null!;
    private Person _olga = null!;
    private string _refreshToken = "";
    private Guid _awake;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        (_ann, _bob) = (await _server.Register(), await _server.Register());
        _olga = new Person(Olga, "olga", AccessTokenMint.Create(Olga), _server.Http);
        var login = await Answered(_bob, "/api/auth/login", new { login = _bob.Username, password = "correct horse battery" });
        _refreshToken = login.GetProperty("refreshToken").GetString()!;
        var group = await Answered(_ann, "/api/conversations", new { type = "group", name = "us", participantIds = new[] { _bob.Id } });
        _awake = group.GetProperty("id").GetGuid();
        await Answered(_ann, $"/api/conversations/{_awake}/messages", new { clientMessageId = "first", content = "hello" });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task EveryEndpointAnswers()
    {
        var calls = Endpoints();
        (await Operations()).ShouldBe(calls.Select(c => c.Operation).Distinct(StringComparer.Ordinal), ignoreOrder: true);
        await Check([.. calls.Select(c => (Name: $"{c.Operation} {(c.Id == Nobody ? "asleep" : "")}", c.Expected, Ask: (Func<Task<string>>)(() => Call(c))))]);
    }

    [Fact]
    public async Task EveryHubMethodAnswers()
    {
        var calls = HubMethods();
        typeof(ChatHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m.GetBaseDefinition() == m).Select(m => m.Name)
            .ShouldBe(calls.Select(c => c.Method).Distinct(StringComparer.Ordinal), ignoreOrder: true);
        await using var client = await _server.Connect(_ann);
        await Check([.. calls.Select(c => (Name: $"{c.Method} {c.Argument}", c.Expected, Ask: (Func<Task<string>>)(async () => CodeOf(await client.Invoke(c.Method, c.Argument)))))]);
    }

    /// <summary>On a busy machine a server that has just begun may ask to come back.</summary>
    private static async Task<JsonElement> Answered(Person person, string path, object body)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var (status, answer) = await person.Call("POST", path, body);
            if (status != 503)
            {
                status.ShouldBeLessThan(300, $"{answer}");
                return answer;
            }

            watch.Elapsed.ShouldBeLessThan(Patience);
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private async Task Check((string Name, string Expected, Func<Task<string>> Ask)[] calls)
    {
        var wrong = new List<string>();
        await _server.Postgres.Freeze();
        try
        {
            foreach (var (name, expected, ask) in calls)
            {
                var watch = Stopwatch.StartNew();
                var answer = await ask();
                output.WriteLine($"{watch.ElapsedMilliseconds,5} ms  {answer,-12} {name}");
                if (answer != expected || watch.Elapsed > AnswerLimit)
                {
                    wrong.Add($"{name}: {answer} instead of {expected}, after {watch.ElapsedMilliseconds} ms");
                }
            }
        }
        finally
        {
            await _server.Postgres.Thaw();
        }

        wrong.ShouldBeEmpty();
        await Heal(calls);
    }

    private static async Task Heal((string Name, string Expected, Func<Task<string>> Ask)[] calls)
    {
        var watch = Stopwatch.StartNew();
        foreach (var (name, _, ask) in calls)
        {
            string answer;
            while ((answer = await ask()) == Unavailable)
            {
                watch.Elapsed.ShouldBeLessThan(HealLimit, name);
                await Task.Delay(Pause, TimeProvider.System);
            }

            answer.ShouldBeOneOf([Ok, "not_found", "unauthenticated", "conflict"], name);
        }
    }

    private (string Method, object Argument, string Expected)[] HubMethods() =>
    [
        ("SendMessage", new { conversationId = _awake, clientMessageId = "k1", content = "hello" }, Unavailable),
        ("SendMessage", new { conversationId = Nobody, clientMessageId = "k2", content = "hello" }, Unavailable),
        ("MarkRead", new { conversationId = _awake, sequence = 1 }, Unavailable),
        ("MarkRead", new { conversationId = Nobody, sequence = 1 }, Unavailable),
        ("Typing", new { conversationId = _awake, isTyping = true }, Ok),
        ("Typing", new { conversationId = Nobody, isTyping = true }, Unavailable),
        ("Focus", new { conversationId = _awake }, Ok),
        ("Heartbeat", new { active = true }, Ok),
        ("SetStatus", new { status = "busy" }, Ok),
        ("Sync", new { positions = new[] { new { conversationId = _awake, after = 0 }, new { conversationId = Nobody, after = 0 } } }, Unavailable),
    ];

    private Endpoint[] Endpoints()
    {
        var fresh = $"n{RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        Endpoint[] ofConversations =
        [
            new("GET /api/conversations/{id}", Ok),
            new("PATCH /api/conversations/{id}", Unavailable, new { name = "we" }),
            new("POST /api/conversations/{id}/members", Unavailable, new { userIds = new[] { Nobody } }),
            new("DELETE /api/conversations/{id}/members/{userId}", Unavailable),
            new("PATCH /api/conversations/{id}/members/{userId}", Unavailable, new { role = "admin" }),
            new("GET /api/conversations/{id}/messages", Ok),
            new("POST /api/conversations/{id}/messages", Unavailable, new { clientMessageId = "k3", content = "hello" }),
            new("POST /api/conversations/{id}/read", Unavailable, new { sequence = 1 }),
        ];
        return
        [
            new("POST /api/auth/register", Unavailable, new { email = $"{fresh}@example.org", username = fresh, password = "correct horse battery" }),
            new("POST /api/auth/login", Unavailable, new { login = _ann.Username, password = "correct horse battery" }),
            new("POST /api/auth/refresh", Unavailable, new { refreshToken = _refreshToken }),
            new("POST /api/auth/validate", Unavailable),
            new("GET /api/auth/me", Unavailable),
            new("GET /api/users", Unavailable, Query: $"?ids={_bob.Id}"),
            new("GET /api/users", Unavailable, Query: $"?username={_bob.Username}"),
            new("POST /api/conversations", Unavailable, new { type = "direct", participantIds = new[] { Nobody } }),
            new("GET /api/conversations", Unavailable),
            .. ofConversations.Select(c => c with { Id = _awake }),
            .. ofConversations.Select(c => c with { Id = Nobody, Expected = Unavailable }),
            new("POST /api/presence", Ok, new { status = "busy" }),
            new("GET /api/presence/{userId}", Ok),
            new("GET /api/admin/retention", Unavailable),
            new("POST /api/admin/retention/run", Unavailable, new { dryRun = true }),
            new("GET /api/admin/retention/holds", Unavailable),
            new("PUT /api/admin/retention/holds/{conversationId}", Unavailable, new { reason = "asked for" }),
            new("DELETE /api/admin/retention/holds/{conversationId}", Unavailable, new { reason = "over" }),
            new("GET /api/admin/dead-letters", Unavailable),
            new("GET /api/admin/dead-letters/{id}", Unavailable),
            new("POST /api/admin/dead-letters/{id}/redrive", Unavailable),
            new("POST /api/admin/dead-letters/redrive", Ok, new { ids = new[] { Nobody } }),
            new("POST /api/admin/dead-letters/{id}/discard", Unavailable, new { reason = "spam" }),
            new("GET /health/live", Ok),
            new("GET /health/ready", Unavailable),
            new("POST /api/auth/logout", Unavailable),
        ];
    }

    /// <summary>Every operation that the server says it has.</summary>
    private async Task<string[]> Operations()
    {
        var (_, document) = await _ann.Call("GET", "/openapi/v1.json");
        return [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}"))];
    }

    private async Task<string> Call(Endpoint endpoint)
    {
        var (method, path) = (endpoint.Operation.Split(' ')[0], endpoint.Operation.Split(' ')[1]);
        path = path.Replace("{id}", $"{endpoint.Id}", StringComparison.Ordinal)
            .Replace("{conversationId}", $"{_awake}", StringComparison.Ordinal)
            .Replace("{userId}", $"{_bob.Id}", StringComparison.Ordinal);
        var (status, body) = await (path.StartsWith("/api/admin", StringComparison.Ordinal) ? _olga : _ann).Call(method, path + endpoint.Query, endpoint.Body);
        return status < 300 ? Ok : CodeOf(body, status is 503);
    }

    private static string CodeOf(JsonElement answer, bool isOutage = true)
    {
        if (answer.TryGetProperty("ok", out var ok) && ok.GetBoolean())
        {
            return Ok;
        }

        var code = answer.GetProperty("code").GetString()!;
        return code != Unavailable || (isOutage && answer.GetProperty("retryAfterMs").GetInt32() > 0) ? code : "unavailable in a wrong way";
    }

    private sealed record Endpoint(string Operation, string Expected, object? Body = null, string Query = "")
    {
        public Guid Id { get; init; } = Nobody;
    }
}
