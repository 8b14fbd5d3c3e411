using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.Delivery;
using Chat.Presence;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Chat.Tests.Conversations;

public sealed class ConversationGrainTests : IAsyncLifetime
{
    private ChatCluster _cluster = null!;
    private Guid _alice;
    private Guid _bob;
    private Guid _carol;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChatCluster.Start();
        var users = await _cluster.Register("alice", "bob", "carol");
        (_alice, _bob, _carol) = (users[0], users[1], users[2]);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Both_who_start_at_once_meet_in_one_direct_conversation()
    {
        var opened = await Task.WhenAll(
            _cluster.Conversation(DirectConversation.IdOf(_alice, _bob)).Open(new OpenConversation(ConversationType.Direct, _alice, [_bob], null)),
            _cluster.Conversation(DirectConversation.IdOf(_bob, _alice)).Open(new OpenConversation(ConversationType.Direct, _bob, [_alice], null)));

        opened.Select(o => o.Value!.Conversation.Id).Distinct().ShouldHaveSingleItem();
        opened.Count(o => o.Value!.Created).ShouldBe(1);
    }

    [Fact]
    public async Task A_stranger_finds_no_conversation()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        var conversation = _cluster.Conversation(id);

        (await conversation.Get(_carol)).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await Send(id, _carol, "k"))[0].Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await conversation.ReadHistory(_carol, new HistoryQuery(null, null, null, 10))).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await conversation.Sync(_carol, 0, 10)).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await conversation.MarkRead(_carol, 1)).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await conversation.SetTyping(_carol, true)).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
    }

    [Fact]
    public async Task Two_hundred_parallel_sends_are_one_order_without_gaps()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Send(id, i % 2 == 0 ? _alice : _bob, $"k{i}")));

        answers.Select(a => a[0].Value!.Sequence!.Value).Order().ShouldBe(Enumerable.Range(1, 200).Select(i => (long)i));
        var history = (await _cluster.Conversation(id).ReadHistory(_alice, new HistoryQuery(null, 0, null, 100))).Value!;
        history.Events.Select(e => e.Sequence!.Value).ShouldBe(Enumerable.Range(1, 100).Select(i => (long)i));
        history.More.ShouldBeTrue();
        history.Head.ShouldBe(200);
    }

    [Fact]
    public async Task What_was_sent_is_there_after_sleep_and_the_key_still_counts()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        var receipt = (await Send(id, _alice, "k"))[0].Value!;
        await _cluster.Sleep(id);

        var again = (await Send(id, _alice, "k"))[0].Value!;

        again.ShouldBe(receipt with { Duplicate = true });
    }

    [Fact]
    public async Task Both_members_hear_of_a_message_on_their_frontends()
    {
        var frontend = await Connect(_bob);
        var id = await _cluster.OpenDirect(_alice, _bob);
        await Send(id, _alice, "k");

        var (heard, recipients) = await frontend.WaitFor<ConversationEvent>();

        heard.Sequence.ShouldBe(1);
        heard.Content.ShouldBe("body of k");
        recipients.ShouldContain(_bob);
    }

    [Fact]
    public async Task A_member_who_connects_later_is_told_the_head()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        await Send(id, _alice, "k");
        var frontend = await Connect(_bob);

        var (head, recipients) = await frontend.WaitFor<ConversationChanged>(c => c.ConversationId == id && c.Change == "head" && c.Head == 1);

        recipients.ShouldContain(_bob);
    }

    [Fact]
    public async Task Members_of_a_new_conversation_are_told_on_a_frontend_that_the_registry_has_not_named_yet()
    {
        await using var cluster = await ChatCluster.Start(services => services.PostConfigure<DeliveryOptions>(o => o.RepeatMs = 600_000));
        var people = await cluster.Register("dora", "emil");
        var frontend = await cluster.RegisterFrontend("frontend/late");
        await cluster.Client.GetGrain<IUserPresenceGrain>(people[1]).Attach(frontend.Id, ["c1"]);

        var id = await cluster.OpenDirect(people[0], people[1]);

        var (_, recipients) = await frontend.WaitFor<ConversationChanged>(c => c.ConversationId == id && c.Change == "created");
        recipients.ShouldContain(people[1]);
    }

    [Fact]
    public async Task A_read_cursor_moves_forward_and_others_are_told()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        var frontend = await Connect(_alice);
        await Send(id, _alice, "1", "2", "3");

        (await _cluster.Conversation(id).MarkRead(_bob, 2)).Value!.Sequence.ShouldBe(2);
        (await _cluster.Conversation(id).MarkRead(_bob, 1)).Value!.Sequence.ShouldBe(2);
        (await _cluster.Conversation(id).MarkRead(_bob, 99)).Value!.Sequence.ShouldBe(3);

        await _cluster.Sleep(id);
        (await _cluster.Conversation(id).Get(_bob)).Value!.Members.Single(m => m.UserId == _bob).ReadSequence.ShouldBe(3);
        (await frontend.WaitFor<ReadMoved>(r => r.Sequence == 3)).Event.UserId.ShouldBe(_bob);
    }

    [Fact]
    public async Task Who_was_removed_gets_nothing_after_it()
    {
        var id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
        var group = _cluster.Conversation(id);
        (await group.Open(new OpenConversation(ConversationType.Group, _alice, [_bob, _carol], "three"))).Ok.ShouldBeTrue();
        var frontend = await Connect(_alice, _bob, _carol);
        (await group.RemoveMember(_alice, _carol)).Ok.ShouldBeTrue();
        (await Send(id, _alice, "without carol"))[0].Value!.Sequence.ShouldBe(2);

        var (left, told) = await frontend.WaitFor<ConversationEvent>(e => e.Kind == EntryKind.MemberLeft);
        var (_, recipients) = await frontend.WaitFor<ConversationEvent>(e => e.Kind == EntryKind.Message);

        told.ShouldContain(_carol);
        left.UserIds.ShouldBe([_carol]);
        recipients.ShouldNotContain(_carol);
        (await group.Get(_carol)).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
    }

    [Fact]
    public async Task Two_adds_at_the_limit_give_one_conflict()
    {
        var users = await _cluster.Register("user3", "user4", "user5", "user6", "user7", "user8", "user9");
        var group = _cluster.Conversation(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(1)));
        await group.Open(new OpenConversation(ConversationType.Group, _alice, [_bob, .. users[..5]], null));

        var adds = await Task.WhenAll(group.AddMembers(_alice, [users[5]]), group.AddMembers(_alice, [users[6]]));

        adds.Count(a => a.Ok).ShouldBe(1);
        adds.Single(a => !a.Ok).Refusal!.Reason.ShouldBe("group_full");
    }

    [Fact]
    public async Task A_user_without_an_account_cannot_be_a_member() =>
        (await _cluster.Conversation(DirectConversation.IdOf(_alice, Guid.AllBitsSet))
            .Open(new OpenConversation(ConversationType.Direct, _alice, [Guid.AllBitsSet], null))).Refusal!.Code.ShouldBe(RefusalCode.NotFound);

    [Fact]
    public async Task Sync_gives_what_is_missing_and_says_when_there_is_more()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        await Send(id, _alice, [.. Enumerable.Range(1, 30).Select(i => $"k{i}")]);
        var conversation = _cluster.Conversation(id);

        var part = (await conversation.Sync(_bob, 5, 10)).Value!;
        part.Events.Select(e => e.Sequence!.Value).ShouldBe(Enumerable.Range(6, 10).Select(i => (long)i));
        (part.Through, part.More, part.Resync, part.Head).ShouldBe((15L, true, false, 30L));

        var rest = (await conversation.Sync(_bob, part.Through, 100)).Value!;
        (rest.Through, rest.More).ShouldBe((30L, false));
        (await conversation.Sync(_bob, 31, 10)).Value!.Resync.ShouldBeTrue();
    }

    [Fact]
    public async Task Typing_is_told_once_and_ends_with_the_message()
    {
        var id = await _cluster.OpenDirect(_alice, _bob);
        var frontend = await Connect(_bob);
        await _cluster.Conversation(id).SetTyping(_alice, true);
        await _cluster.Conversation(id).SetTyping(_alice, true);
        await Send(id, _alice, "k");

        (await frontend.WaitFor<TypingChanged>()).Event.IsTyping.ShouldBeTrue();
        (await frontend.WaitFor<TypingChanged>()).Event.IsTyping.ShouldBeFalse();
    }

    private async Task<TestFrontend> Connect(params Guid[] users)
    {
        var frontend = await _cluster.StartFrontend("frontend/1");
        foreach (var user in users)
        {
            await _cluster.Client.GetGrain<IUserPresenceGrain>(user).Attach(frontend.Id, ["c1"]);
        }

        return frontend;
    }

    private Task<Answer<Receipt>[]> Send(Guid conversationId, Guid sender, params string[] keys) =>
        _cluster.Conversation(conversationId).Send(sender, Array.ConvertAll(keys, k => new SendMessage(k, $"body of {k}")));
}
