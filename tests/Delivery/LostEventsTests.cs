using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

/// <summary>A server that loses stream events for real: one delivery may wait for the frontend, and what comes on top is dropped.</summary>
public sealed class LosingServer : ChatServer
{
    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Chat__Delivery__MaxWaiting"] = "1",
        ["Chat__Delivery__RepeatMs"] = "200",
        ["Chat__Frontend__SyncSpreadMs"] = "50",
    };
}

public sealed class LostEventsTests(LosingServer server) : IClassFixture<LosingServer>
{
    private const int Rounds = 20;
    private const int Burst = 40;

    [Fact]
    public async Task Clients_converge_by_sync_also_when_the_last_event_was_lost()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);
        var timeline = new Timeline(peer, chat);
        var lastLost = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            await Send(sender, chat, round);
            lastLost += await timeline.ConvergeTo(round * Burst) ? 1 : 0;
        }

        timeline.Contents.ShouldBe(Enumerable.Range(1, Rounds).SelectMany(round => Enumerable.Range(0, Burst).Select(i => $"{round}.{i}")));
        timeline.Syncs.ShouldBeGreaterThan(0, "no event was lost: the test showed nothing");
        lastLost.ShouldBeGreaterThan(0, "no last event was lost: the test showed less than it says");
    }

    private static async Task Send(HubClient sender, Guid chat, int round)
    {
        var begun = new List<string>();
        for (var i = 0; i < Burst; i++)
        {
            begun.Add(await sender.Begin(
                "SendMessage",
                JsonSerializer.Serialize(new[] { new { conversationId = chat, clientMessageId = $"{round}-{i}", content = $"{round}.{i}" } })));
        }

        foreach (var id in begun)
        {
            (await sender.CompletionOf(id)).GetProperty("result").GetProperty("ok").GetBoolean().ShouldBeTrue();
        }
    }

    /// <summary>What a client keeps: entries by sequence, and how far they go without a gap.</summary>
    private sealed class Timeline(HubClient client, Guid conversationId)
    {
        private readonly SortedDictionary<long, string> _entries = [];

        public int Syncs { get; private set; }

        public IEnumerable<string> Contents => _entries.Values;

        private long Through
        {
            get
            {
                var through = 0L;
                while (_entries.ContainsKey(through + 1))
                {
                    through++;
                }

                return through;
            }
        }

        /// <summary>True when the entry at the head came by sync alone.</summary>
        public async Task<bool> ConvergeTo(long head)
        {
            var synced = false;
            while (Through < head)
            {
                var message = await client.Next(m => m.TryGetProperty("target", out var t) && t.GetString() is "MessageReceived" or "SyncNeeded");
                if (message.GetProperty("target").GetString() == "MessageReceived")
                {
                    Add(message.GetProperty("arguments")[0]);
                    continue;
                }

                var lastMissing = !_entries.ContainsKey(head);
                await Sync();
                synced |= lastMissing && _entries.ContainsKey(head);
            }

            return synced;
        }

        private async Task Sync()
        {
            Syncs++;
            var answer = await client.Invoke("Sync", new { positions = new[] { new { conversationId, after = Through } } });
            foreach (var behind in answer.GetProperty("conversations").EnumerateArray())
            {
                foreach (var e in behind.GetProperty("events").EnumerateArray())
                {
                    Add(e);
                }
            }
        }

        private void Add(JsonElement e) => _entries[e.GetProperty("sequence").GetInt64()] = e.GetProperty("content").GetString()!;
    }
}
