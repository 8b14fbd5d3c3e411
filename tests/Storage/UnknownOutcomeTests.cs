using System.Diagnostics;
using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>Commits whose answer does not come, made on purpose by a network between the server and its Postgres. Whatever the sender is told meanwhile, the log has
/// each message once, and a repetition finds it.</summary>
public sealed class UnknownOutcomeTests(ProxiedServer server) : IClassFixture<ProxiedServer>, IAsyncLifetime
{
    private const int Burst = 20;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(1_200);
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private Guid _chat;
    private HubClient _client = null!;
    private HubClient _peer = null!;

    public async ValueTask InitializeAsync()
    {
        var (ann, bob) = (await server.Register(), await server.Register());
        _chat = await ann.Chat(bob);
        (_client, _peer) = (await server.Connect(ann), await server.Connect(bob));
        await SendAll("first-");
        await Retry("first-");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _peer.DisposeAsync();
    }

    [Fact]
    public Task A_lost_reply() => Outcome(() => server.Network.DropReplies(true), () => server.Network.DropReplies(false), isStoredMeanwhile: true);

    [Fact]
    public Task A_reply_behind_a_reset() => Outcome(
        () =>
        {
            server.Network.DropReplies(true);
            server.Network.Reset();
        },
        () =>
        {
            server.Network.Reset();
            server.Network.DropReplies(false);
        },
        isStoredMeanwhile: null);

    /// <summary>The given-up statement arrives after all, while its batch goes again over another connection.</summary>
    [Fact]
    public Task A_statement_that_commits_late() => Outcome(server.Network.Pause, server.Network.Resume, isStoredMeanwhile: false);

    [Fact]
    public Task A_connection_that_never_says_anything_again() => Outcome(server.Network.BlackHole, server.Network.EndBlackHole, isStoredMeanwhile: false);

    private async Task Outcome(Action begin, Action end, bool? isStoredMeanwhile)
    {
        begin();
        List<JsonElement> told;
        try
        {
            var watch = Stopwatch.StartNew();
            told = await SendAll("key-");
            watch.Elapsed.ShouldBeLessThan(AnswerLimit);
            told.ShouldAllBe(answer => !answer.GetProperty("ok").GetBoolean() && answer.GetProperty("code").GetString() == "unavailable");
            if (isStoredMeanwhile is { } stored)
            {
                (await server.Stored(_chat)).Any(m => m.Key.StartsWith("key-", StringComparison.Ordinal)).ShouldBe(stored);
            }
        }
        finally
        {
            end();
        }

        var receipts = await Retry("key-");
        var log = await server.Stored(_chat);
        log.Select(m => m.Sequence).ShouldBe(Enumerable.Range(1, 2 * Burst).Select(n => (long)n));
        log.Select(m => m.Key).Distinct(StringComparer.Ordinal).Count().ShouldBe(2 * Burst);
        receipts.ToDictionary(r => r.Key, r => r.Value.GetProperty("sequence").GetInt64(), StringComparer.Ordinal)
            .ShouldBe(log.Where(m => receipts.ContainsKey(m.Key)).ToDictionary(m => m.Key, m => m.Sequence, StringComparer.Ordinal), ignoreOrder: true);
        for (var sequence = 1; sequence <= 2 * Burst; sequence++)
        {
            (await _peer.WaitFor("MessageReceived")).GetProperty("sequence").GetInt64().ShouldBe(sequence);
        }
    }

    private async Task<List<JsonElement>> SendAll(string prefix)
    {
        var begun = new List<string>();
        for (var i = 0; i < Burst; i++)
        {
            begun.Add(await _client.Begin("SendMessage", $"[{JsonSerializer.Serialize(Message($"{prefix}{i}", retry: false))}]"));
        }

        var answers = new List<JsonElement>();
        foreach (var id in begun)
        {
            answers.Add((await _client.CompletionOf(id)).GetProperty("result"));
        }

        return answers;
    }

    private async Task<Dictionary<string, JsonElement>> Retry(string prefix)
    {
        var receipts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var i = 0; i < Burst; i++)
        {
            var key = $"{prefix}{i}";
            receipts.Add(key, await _client.InvokeUntilAccepted("SendMessage", Message(key, retry: true), HealLimit));
        }

        return receipts;
    }

    private object Message(string key, bool retry) => new { conversationId = _chat, clientMessageId = key, content = "hello", retry };
}
