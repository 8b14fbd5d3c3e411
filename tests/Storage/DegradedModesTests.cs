using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>What people meet while Postgres is ill, in every way in which it can be, and that it is over by itself when the cause is.</summary>
public sealed class DegradedModesTests(ProxiedServer server) : IClassFixture<ProxiedServer>, IAsyncLifetime
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(1_200);
    private static readonly TimeSpan DetectLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private readonly List<string> _acknowledged = [];
    private readonly List<string> _refused = [];
    private Person _ann = null!;
    private HubClient _client = null!;

    // Who waits for events may not share a connection with who waits for answers.
    private HubClient _watcher = null!;
    private Guid _chat;
    private int _keys;

    public async ValueTask InitializeAsync()
    {
        _ann = await server.Register();
        _chat = await _ann.Chat(await server.Register());
        _client = await server.Connect(_ann);
        _watcher = await server.Connect(_ann);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _watcher.DisposeAsync();
    }

    [Fact]
    public Task Stopped() => Outage(server.Postgres.Freeze, server.Postgres.Thaw);

    [Fact]
    public Task Killed() => Outage(server.Postgres.Kill, server.Postgres.Restart);

    [Fact]
    public Task RefusingConnections() => Outage(server.Network.Refuse, () => Now(server.Network.Accept));

    [Fact]
    public Task Partitioned_WithoutAReset() => Outage(() => Now(server.Network.BlackHole), () => Now(server.Network.EndBlackHole));

    [Fact]
    public Task TooSlow() => Outage(() => Now(() => server.Network.DelayReplies(TimeSpan.FromSeconds(2))), () => Now(() => server.Network.DelayReplies(TimeSpan.Zero)));

    [Fact]
    public async Task Slow_Works()
    {
        await Send();
        server.Network.DelayReplies(TimeSpan.FromMilliseconds(300));
        try
        {
            for (var i = 0; i < 5; i++)
            {
                (await Send()).ShouldBeNull();
            }

            (await Ready()).ShouldBe((200, null));
        }
        finally
        {
            server.Network.DelayReplies(TimeSpan.Zero);
        }
    }

    private static Task Now(Action fault)
    {
        fault();
        return Task.CompletedTask;
    }

    private async Task Outage(Func<Task> begin, Func<Task> end)
    {
        (await Send()).ShouldBeNull();
        await begin();
        try
        {
            var told = _watcher.WaitFor("Degraded");

            // The first one learns of the outage, the second one of its unknown outcome, the last one of the open breaker.
            IsUnavailable(await Send());
            IsUnavailable(await Send());
            await told.WaitAsync(DetectLimit);
            IsUnavailable(await Send());
            (await told).GetProperty("what").GetString().ShouldBe("storage");
            (await told).TryGetProperty("since", out _).ShouldBeTrue();
            (await Ready()).ShouldBe((503, "storage"));
            (await server.Http.GetAsync("/health/live")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
            await using var newcomer = await server.Connect(_ann);
            (await newcomer.WaitFor("Degraded")).TryGetProperty("since", out _).ShouldBeTrue();
        }
        finally
        {
            await end();
        }

        await Heals();
    }

    private async Task Heals()
    {
        var watch = Stopwatch.StartNew();
        (await _watcher.WaitFor("Degraded")).TryGetProperty("since", out _).ShouldBeFalse();
        foreach (var key in _refused)
        {
            JsonElement? refusal;
            while ((refusal = await Send(key, retry: true)) is not null)
            {
                IsUnavailable(refusal);
                await Task.Delay(TimeSpan.FromMilliseconds(refusal.Value.GetProperty("retryAfterMs").GetInt32()), TimeProvider.System);
                watch.Elapsed.ShouldBeLessThan(HealLimit);
            }
        }

        watch.Elapsed.ShouldBeLessThan(HealLimit);
        (await Ready()).ShouldBe((200, null));
        var stored = await server.Stored(_chat);
        stored.Select(s => s.Key).ShouldBe(_acknowledged, ignoreOrder: true);
        stored.Select(s => s.Sequence).ShouldBe(Enumerable.Range(1, stored.Length).Select(n => (long)n));
    }

    /// <summary>Null when it was acknowledged, or else what was said instead: soon, in any case.</summary>
    private async Task<JsonElement?> Send(string? key = null, bool retry = false)
    {
        key ??= $"key-{_keys++}";
        var watch = Stopwatch.StartNew();
        var answer = await _client.Invoke("SendMessage", new { conversationId = _chat, clientMessageId = key, content = "hello", retry });
        watch.Elapsed.ShouldBeLessThan(AnswerLimit);
        var ok = answer.GetProperty("ok").GetBoolean();
        if (ok || !retry)
        {
            (ok ? _acknowledged : _refused).Add(key);
        }

        return ok ? null : answer;
    }

    private static void IsUnavailable(JsonElement? answer)
    {
        answer.ShouldNotBeNull();
        answer.Value.GetProperty("code").GetString().ShouldBeOneOf("unavailable", "overloaded");
        answer.Value.GetProperty("retryAfterMs").GetInt32().ShouldBePositive();
    }

    private async Task<(int Status, string? Reason)> Ready()
    {
        using var answer = await server.Http.GetAsync("/health/ready");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, body.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }
}
