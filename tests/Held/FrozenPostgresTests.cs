using System.Diagnostics;
using Chat.Conversations;
using Chat.Grains.Held;
using Chat.Presence;
using Chat.Silo;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

/// <summary>A real Postgres that stops where it is and goes on.</summary>
public sealed class FrozenPostgresTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-held-").FullName;
    private PostgresCluster _postgres = null!;
    private ChatCluster _cluster = null!;
    private Guid[] _users = null!;

    public async ValueTask InitializeAsync()
    {
        try
        {
            _postgres = await PostgresCluster.Start();
        }
        catch (PostgresMissingException e)
        {
            Assert.Skip(e.Message);
        }

        await using (var dataSource = NpgsqlDataSource.Create(_postgres.ConnectionString))
        {
            await Migrations.Apply(dataSource, NullLogger.Instance, CancellationToken.None);
        }

        _cluster = await ChatCluster.Start(services => services.PostConfigure<FallbackOptions>(o => o.Folder = _folder), _postgres.ConnectionString);
        _users = await _cluster.Register("alice", "bob");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Members_talk_on_while_it_is_frozen_and_everything_is_stored_once_in_order()
    {
        var id = await _cluster.OpenDirect(_users[0], _users[1]);
        var frontend = await _cluster.StartFrontend("frontend/1");
        await _cluster.Client.GetGrain<IUserPresenceGrain>(_users[1]).Attach(frontend.Id, ["c1"]);
        await Send(id, 0, "before");
        await _postgres.Freeze();

        // Nominal 0.8 s for the first, whose outcome is unknown, and some milliseconds for the others; the rest is the machine's.
        var receipts = new List<Receipt>();
        foreach (var key in new[] { "a", "b", "c" })
        {
            var watch = Stopwatch.StartNew();
            receipts.Add((await Send(id, receipts.Count % 2, key))[0].Value!);
            watch.ElapsedMilliseconds.ShouldBeLessThan(2_500);
        }

        receipts.ShouldAllBe(r => r.Durability == Durability.Held && r.Sequence == null);
        foreach (var receipt in receipts)
        {
            (await frontend.WaitFor<ConversationEvent>(e => e.MessageId == receipt.MessageId)).Event.Held.ShouldBe(true);
        }

        await _postgres.Thaw();
        var sequence = 1L;
        foreach (var receipt in receipts)
        {
            (await frontend.WaitFor<ConversationEvent>(e => e.MessageId == receipt.MessageId && e.Sequence is not null)).Event.Sequence.ShouldBe(++sequence);
        }

        var stored = (await _cluster.Conversation(id).ReadHistory(_users[0], new HistoryQuery(null, 0, null, 100))).Value!;
        stored.Events.Select(e => e.ClientMessageId).ShouldBe(["before", "a", "b", "c"]);
        (await Send(id, 1, "b"))[0].Value.ShouldBe(receipts[1] with { Sequence = 3, Durability = Durability.Committed, Duplicate = true });
    }

    private Task<Answer<Receipt>[]> Send(Guid id, int sender, string key) => _cluster.Conversation(id).Send(_users[sender], [new SendMessage(key, $"body of {key}")]);
}
