using System.Collections.Concurrent;
using Chat.Conversations;
using Chat.Grains.Storage;
using Chat.Inbox;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Chat.Tests.Inbox;

public sealed class InboxGrainTests : IAsyncLifetime
{
    private readonly ConcurrentBag<Guid> _woken = [];
    private readonly ScriptedInboxStore _store = new();
    private ChatCluster _cluster = null!;
    private Guid _alice;
    private Guid _bob;
    private Guid _carol;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChatCluster.Start(services =>
        {
            services.AddSingleton<MemoryMessageLog>();
            services.AddSingleton<MemoryInboxStore>();
            services.AddSingleton<IMessageLog>(sp => new LoadObserver(sp.GetRequiredService<MemoryMessageLog>(), _woken.Add));
            services.AddSingleton<IInboxStore>(sp => _store.Over(sp.GetRequiredService<MemoryInboxStore>()));
        });
        var users = await _cluster.Register("alice", "bob", "carol");
        (_alice, _bob, _carol) = (users[0], users[1], users[2]);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task List_OfSeveralPages_EndsWithoutCursor()
    {
        var direct = await _cluster.OpenDirect(_alice, _bob);
        var group = await OpenGroup(_alice, _bob);
        await Send(direct, _bob, 2);

        var first = (await Inbox(_alice).List(null, 1)).Value!;
        var second = (await Inbox(_alice).List(first.Cursor, 1)).Value!;

        first.Items.Select(i => (i.Id, i.Unread)).ShouldBe([(direct, 2)]);
        second.Items.Select(i => i.Id).ShouldBe([group]);
        second.Cursor.ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    [InlineData(int.MaxValue)]
    public async Task List_LimitOutOfRange_IsInvalid(int limit) =>
        (await Inbox(_alice).List(null, limit)).Refusal!.Reason.ShouldBe("invalid_limit");

    [Fact]
    public async Task List_ForeignCursor_IsInvalid()
    {
        var refusal = (await Inbox(_alice).List("not-a-cursor", 10)).Refusal!;

        (refusal.Code, refusal.Reason).ShouldBe((RefusalCode.InvalidRequest, "bad_cursor"));
    }

    [Fact]
    public async Task Outage_IsUnavailable_WithWhenToAskAgain()
    {
        _store.Fail = true;

        foreach (var refusal in new[] { (await Inbox(_alice).List(null, 10)).Refusal!, (await Inbox(_alice).Sync([])).Refusal! })
        {
            refusal.Code.ShouldBe(RefusalCode.Unavailable);
            refusal.RetryAfterMs.ShouldBe(1000);
        }
    }

    [Fact]
    public async Task Sync_Behind_GivesWhatIsMissing_AndWakesOnlyThat()
    {
        var behind = await _cluster.OpenDirect(_alice, _bob);
        var current = await _cluster.OpenDirect(_alice, _carol);
        var foreign = await _cluster.OpenDirect(_bob, _carol);
        await Send(behind, _bob, 3);
        await Send(current, _carol, 1);
        foreach (var id in new[] { behind, current, foreign })
        {
            await _cluster.Sleep(id);
        }

        _woken.Clear();
        var unknown = Samples.NewId();
        var sync = (await Inbox(_alice).Sync([new(behind, 1), new(current, 1), new(foreign, 0), new(unknown, 4)])).Value!;

        var one = sync.Conversations.ShouldHaveSingleItem();
        (one.ConversationId, one.Head, one.Through, one.More).ShouldBe((behind, 3, 3, false));
        one.Events.Select(e => e.Sequence!.Value).ShouldBe([2, 3]);
        sync.Added.ShouldBeEmpty();
        sync.Gone.ShouldBe([foreign, unknown], ignoreOrder: true);
        _woken.ShouldBe([behind]);
    }

    [Fact]
    public async Task Sync_WithoutPositions_GivesTheNewestConversations()
    {
        var one = await _cluster.OpenDirect(_alice, _bob);
        var two = await _cluster.OpenDirect(_alice, _carol);
        await Send(one, _bob, 1);

        var sync = (await Inbox(_alice).Sync([])).Value!;

        // Both may have been active in the same millisecond.
        sync.Added.Select(i => i.Id).ShouldBe([one, two], ignoreOrder: true);
        sync.Added.Select(i => i.LastActivityAt).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Sync_MoreThanOneAnswerHolds_ComesInSeveral()
    {
        var ids = new[] { await _cluster.OpenDirect(_alice, _bob), await OpenGroup(_alice, _bob), await OpenGroup(_alice, _bob) };
        foreach (var id in ids)
        {
            await Send(id, _bob, 250);
        }

        var held = ids.ToDictionary(id => id, _ => new List<long>());
        for (var round = 0; round < 4; round++)
        {
            var sync = (await Inbox(_alice).Sync(held.Select(h => new SyncPosition(h.Key, h.Value.Count)).ToArray())).Value!;
            sync.Conversations.Sum(c => c.Events.Length).ShouldBeLessThanOrEqualTo(500);
            foreach (var conversation in sync.Conversations)
            {
                held[conversation.ConversationId].AddRange(conversation.Events.Select(e => e.Sequence!.Value));
                conversation.More.ShouldBe(conversation.Through < 250);
            }
        }

        held.Values.ShouldAllBe(h => h.SequenceEqual(Enumerable.Range(1, 250).Select(n => (long)n)));
    }

    [Fact]
    public async Task Sync_AfterRemoval_IsGone()
    {
        var group = await OpenGroup(_alice, _bob);
        (await _cluster.Conversation(group).RemoveMember(_alice, _bob)).Ok.ShouldBeTrue();

        (await Inbox(_bob).Sync([new(group, 0)])).Value!.Gone.ShouldBe([group]);
    }

    [Fact]
    public async Task Sync_BadPositions_AreInvalid()
    {
        var many = Enumerable.Range(0, 1001).Select(_ => new SyncPosition(Samples.NewId(), 0)).ToArray();

        (await Inbox(_alice).Sync(many)).Refusal!.Reason.ShouldBe("too_many_positions");
        (await Inbox(_alice).Sync([new(Samples.NewId(), -1)])).Refusal!.Reason.ShouldBe("invalid_position");
    }

    private IInboxGrain Inbox(Guid userId) => _cluster.Client.GetGrain<IInboxGrain>(userId);

    private async Task<Guid> OpenGroup(Guid creator, params Guid[] others)
    {
        var id = Guid.CreateVersion7();
        var opened = await _cluster.Conversation(id).Open(new OpenConversation(ConversationType.Group, creator, others, "Lunch"));
        return opened.Value!.Conversation.Id;
    }

    private async Task Send(Guid id, Guid sender, int count)
    {
        var receipts = await _cluster.Conversation(id).Send(sender, Enumerable.Range(0, count).Select(n => new SendMessage($"k{n}", "hello")).ToArray());
        receipts.ShouldAllBe(r => r.Ok);
    }

    private sealed class ScriptedInboxStore : IInboxStore
    {
        private IInboxStore _inner = null!;

        public bool Fail { get; set; }

        public IInboxStore Over(IInboxStore inner)
        {
            _inner = inner;
            return this;
        }

        public Task<ListItem[]> List(Guid userId, InboxCursor? below, int limit) => Store().List(userId, below, limit);

        public Task<ListItem[]> Items(Guid userId, IReadOnlyList<Guid> conversationIds) => Store().Items(userId, conversationIds);

        public Task<MembershipHead[]> Heads(Guid userId, int limit) => Store().Heads(userId, limit);

        private IInboxStore Store() => Fail ? throw new LogUnavailableException("Out.") : _inner;
    }

    /// <summary>A conversation that wakes loads itself.</summary>
    private sealed class LoadObserver(IMessageLog inner, Action<Guid> onLoad) : IMessageLog
    {
        public Task<StoredConversation?> Load(Guid conversationId, int recent)
        {
            onLoad(conversationId);
            return inner.Load(conversationId, recent);
        }

        public Task<bool> Create(Conversation conversation) => inner.Create(conversation);

        public Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries) => inner.Append(entries);

        public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest) =>
            inner.Read(conversationId, after, before, limit, newest);

        public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds) =>
            inner.FindByKeys(conversationId, senderId, clientMessageIds);

        public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors) =>
            inner.MoveReadCursors(conversationId, cursors);

        public Task Probe(bool afresh) => inner.Probe(afresh);
    }
}
