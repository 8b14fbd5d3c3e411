using Chat.Conversations;
using Chat.Grains.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>What every inbox store must answer: what a recount of the log would give.</summary>
public sealed class InboxStoreTests(Stores stores) : IClassFixture<Stores>
{
    private readonly Guid _me = Samples.NewId();
    private readonly Guid _peer = Samples.NewId();

    [Theory, ClassData(typeof(EveryStore))]
    public async Task List_IsByLastActivity_NewestFirst(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var quiet = await Create(log);
        var busy = await Create(log);
        var never = await Create(log);
        await Append(log, quiet, 1);
        await Append(log, busy, 2);

        var items = await (await stores.Inbox(kind)).List(_me, null, 10);

        items.Select(i => i.Id).ShouldBe([busy, quiet, never]);
        items.Select(i => i.LastActivityAt).ShouldBe([Samples.Start.AddSeconds(2), Samples.Start.AddSeconds(1), Samples.Start]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task List_Pages_MeetWithoutGapOrOverlap(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var inbox = await stores.Inbox(kind);
        for (var i = 0; i < 11; i++)
        {
            // Several with the same activity: the id decides.
            await Append(log, await Create(log), (i % 3) + 1);
        }

        var seen = new List<Guid>();
        InboxCursor? cursor = null;
        for (var page = await inbox.List(_me, cursor, 4); page.Length > 0; page = await inbox.List(_me, cursor, 4))
        {
            seen.AddRange(page.Select(i => i.Id));
            cursor = new InboxCursor(page[^1].LastActivityAt, page[^1].Id);
        }

        seen.ShouldBe((await inbox.List(_me, null, 100)).Select(i => i.Id));
        seen.Distinct().Count().ShouldBe(11);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task List_Item_SaysWhatTheConversationIs(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var last = Samples.Message(id, 2, _peer, content: "the last");
        await log.Append([Samples.Message(id, 1, _peer), last, Samples.Change(id, 3, EntryKind.Renamed, _me, name: "Dinner")]);

        var item = (await (await stores.Inbox(kind)).List(_me, null, 10)).Single();

        item.Type.ShouldBe(ConversationType.Group);
        item.Name.ShouldBe("Dinner");
        item.Head.ShouldBe(3);
        item.Members.Select(m => m.UserId).ShouldBe([_me, _peer], ignoreOrder: true);
        item.LastMessage.ShouldBe(last.Event);
        item.Unread.ShouldBe(2);
        item.Archived.ShouldBeFalse();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Unread_CountsMessagesByOthersAfterTheCursor(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        await log.Append(
        [
            Samples.Message(id, 1, _peer), Samples.Message(id, 2, _peer), Samples.Message(id, 3, _me),
            Samples.Change(id, 4, EntryKind.Renamed, _peer, name: "x"), Samples.Message(id, 5, _peer),
        ]);

        (await Unread(kind, id)).ShouldBe((3, false));
        await log.MoveReadCursors(id, [(_me, 1)]);
        (await Unread(kind, id)).ShouldBe((2, false));
        await log.MoveReadCursors(id, [(_me, 5)]);
        (await Unread(kind, id)).ShouldBe((0, false));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Unread_IsCountedToAHundred(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        await log.Append(Enumerable.Range(1, 101).Select(n => Samples.Message(id, n, _peer)).ToArray());

        (await Unread(kind, id)).ShouldBe((100, true));
        await log.MoveReadCursors(id, [(_me, 1)]);
        (await Unread(kind, id)).ShouldBe((100, false));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Item_OfWhoJoinedLater_ShowsNothingFromBefore(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var late = Samples.NewId();
        await log.Append([Samples.Message(id, 1, _peer), Samples.Change(id, 2, EntryKind.MembersAdded, _peer, [late])]);

        var inbox = await stores.Inbox(kind);
        var before = (await inbox.Items(late, [id])).Single();
        await log.Append([Samples.Message(id, 3, _peer)]);
        var after = (await inbox.Items(late, [id])).Single();

        (before.Unread, before.LastMessage).ShouldBe((0, null));
        (after.Unread, after.LastMessage!.Sequence).ShouldBe((1, 3));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Unread_BeforeJoining_IsNotCounted(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var conversation = Samples.Group(_peer) with { Members = [new Member(_me, MemberRole.Member, JoinedSequence: 2, ReadSequence: 0)] };
        await log.Create(conversation);
        await Append(log, conversation.Id, 3);

        (await Unread(kind, conversation.Id)).ShouldBe((1, false));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task WhoLeft_HasNothing_AndComesBackWithoutWhatWasMissed(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var inbox = await stores.Inbox(kind);
        var id = await Create(log);
        await log.Append([Samples.Change(id, 1, EntryKind.MemberLeft, _me, [_me]), Samples.Message(id, 2, _peer)]);

        (await inbox.List(_me, null, 10)).ShouldBeEmpty();
        (await inbox.Items(_me, [id])).ShouldBeEmpty();
        (await inbox.Heads(_me, 10)).ShouldBeEmpty();

        await log.Append([Samples.Change(id, 3, EntryKind.MembersAdded, _peer, [_me]), Samples.Message(id, 4, _peer)]);
        var item = (await inbox.List(_me, null, 10)).Single();
        (item.Unread, item.ReadSequence).ShouldBe((1, 2));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Items_OfOthers_AreLeftOut(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var mine = await Create(log);
        var foreign = Samples.Group(_peer);
        await log.Create(foreign);

        var items = await (await stores.Inbox(kind)).Items(_me, [foreign.Id, mine, Samples.NewId(), mine]);

        items.Select(i => i.Id).ShouldBe([mine]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Heads_AreLimited_NewestFirst(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var one = await Create(log);
        var two = await Create(log);
        await Append(log, one, 1);
        await Append(log, two, 3);

        (await (await stores.Inbox(kind)).Heads(_me, 1)).ShouldBe([new MembershipHead(two, 3)]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Item_OfALargeGroup_NamesAHundredMembers(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var group = Samples.Group(Enumerable.Range(0, 130).Select(_ => Samples.NewId()).Append(_me).ToArray());
        await log.Create(group);

        (await (await stores.Inbox(kind)).Items(_me, [group.Id])).Single().Members.Length.ShouldBe(100);
    }

    private async Task<(int Unread, bool More)> Unread(StoreKind kind, Guid id)
    {
        var item = (await (await stores.Inbox(kind)).Items(_me, [id])).Single();
        return (item.Unread, item.UnreadMore);
    }

    private async Task<Guid> Create(IMessageLog log)
    {
        var conversation = Samples.Group(_me, _peer);
        await log.Create(conversation);
        return conversation.Id;
    }

    private async Task Append(IMessageLog log, Guid id, int messages) =>
        await log.Append(Enumerable.Range(1, messages).Select(n => Samples.Message(id, n, _peer)).ToArray());
}
