using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;

namespace Chat.Tests.Support;

/// <summary>Somebody who writes to somebody else before, during and after an outage of Postgres, and remembers what became of each message.</summary>
public sealed class OutageWitness : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(1_200);
    private static readonly TimeSpan DetectLimit = TimeSpan.FromSeconds(2);
    private const int MostThatFit = 500;

    private readonly ProxiedServer _server;
    private readonly Person _ann;
    private readonly Guid _chat;
    private readonly List<string> _acknowledged = [];
    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);
    private readonly HubClient _client;

    // Who waits for events may not share a connection with who waits for answers.
    private readonly HubClient _watcher;
    private int _keys;

    private OutageWitness(ProxiedServer server, Person ann, Guid chat, HubClient client, HubClient watcher) =>
        (_server, _ann, _chat, _client, _watcher) = (server, ann, chat, client, watcher);

    public static async Task<OutageWitness> Of(ProxiedServer server)
    {
        var ann = await server.Register();
        var chat = await ann.Chat(await server.Register());
        return new OutageWitness(server, ann, chat, await server.Connect(ann), await server.Connect(ann));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _watcher.DisposeAsync();
    }

    /// <param name="fits">Whether messages may still be stored after it began, as on a disk whose last pages have room.</param>
    public async Task Sees(Func<Task> begin, Func<Task> end, TimeSpan healLimit, bool fits = false)
    {
        (await Send()).ShouldBeNull();
        await begin();
        try
        {
            var told = _watcher.WaitFor("Degraded");

            // The first one learns of the outage, the second one of its unknown outcome, the last one of the open breaker.
            IsUnavailable(fits ? await SendUntilRefused() : await Send());
            IsUnavailable(await Send());
            await told.WaitAsync(DetectLimit);
            IsUnavailable(await Send());
            (await told).GetProperty("what").GetString().ShouldBe("storage");
            (await told).TryGetProperty("since", out _).ShouldBeTrue();
            (await Ready()).ShouldBe((503, "storage"));
            (await _server.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
            await using var newcomer = await _server.Connect(_ann);
            (await newcomer.WaitFor("Degraded")).TryGetProperty("since", out _).ShouldBeTrue();
        }
        finally
        {
            await end();
        }

        await Heals(healLimit);
    }

    /// <summary>Null when it was acknowledged, or else what was said instead: soon, in any case.</summary>
    public async Task<JsonElement?> Send(string? key = null, bool retry = false, string content = "hello")
    {
        key ??= $"key-{_keys++}";
        var watch = Stopwatch.StartNew();
        var answer = await _client.Invoke("SendMessage", new { conversationId = _chat, clientMessageId = key, content, retry });
        watch.Elapsed.ShouldBeLessThan(AnswerLimit);
        var ok = answer.GetProperty("ok").GetBoolean();
        if (ok)
        {
            _acknowledged.Add(key);
        }
        else
        {
            _refused[key] = content;
        }

        return ok ? null : answer;
    }

    public async Task<(int Status, string? Reason)> Ready()
    {
        using var answer = await _server.Http.GetAsync("/health/ready");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, body.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }

    private async Task<JsonElement?> SendUntilRefused()
    {
        JsonElement? refusal = null;
        for (var sent = 0; refusal is null && sent < MostThatFit; sent++)
        {
            refusal = await Send(content: new string('x', 1_500));
        }

        return refusal;
    }

    private async Task Heals(TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        (await _watcher.WaitFor("Degraded")).TryGetProperty("since", out _).ShouldBeFalse();
        foreach (var (key, content) in _refused.ToArray())
        {
            JsonElement? refusal;
            while ((refusal = await Send(key, retry: true, content)) is not null)
            {
                IsUnavailable(refusal);
                await Task.Delay(TimeSpan.FromMilliseconds(refusal.Value.GetProperty("retryAfterMs").GetInt32()), TimeProvider.System);
                watch.Elapsed.ShouldBeLessThan(limit);
            }
        }

        watch.Elapsed.ShouldBeLessThan(limit);
        (await Ready()).ShouldBe((200, null));
        var stored = await _server.Stored(_chat);
        stored.Select(s => s.Key).ShouldBe(_acknowledged, ignoreOrder: true);
        stored.Select(s => s.Sequence).ShouldBe(Enumerable.Range(1, stored.Length).Select(n => (long)n));
    }

    private static void IsUnavailable(JsonElement? answer)
    {
        answer.ShouldNotBeNull();
        answer.Value.GetProperty("code").GetString().ShouldBeOneOf("unavailable", "overloaded");
        answer.Value.GetProperty("retryAfterMs").GetInt32().ShouldBePositive();
    }
}
