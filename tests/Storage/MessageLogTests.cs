using Chat.Conversations;
using Chat.Grains.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>What every log must do, whatever it is made of.</summary>
public sealed class MessageLogTests(Stores stores) : IClassFixture<Stores>
{
    private readonly Guid _ann = Samples.NewId();
    private readonly Guid _bob = Samples.NewId();

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Load_UnknownConversation_IsNull(StoreKind kind)
    {
        var log = await stores.Log(kind);

        (await log.Load(Samples.NewId(), 10)).ShouldBeNull();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Create_Twice_KeepsTheFirst(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var made = Samples.Group(_ann, _bob) with { BusinessId = _bob, Type = ConversationType.Business };

        (await log.Create(made)).ShouldBeTrue();
        (await log.Create(made with { Name = "Other", Members = Samples.Group(_ann).Members })).ShouldBeFalse();

        var stored = (await log.Load(made.Id, 10))!.Conversation;
        stored.Members.OrderBy(m => m.UserId).ShouldBe(made.Members.OrderBy(m => m.UserId));
        (stored with { Members = made.Members }).ShouldBe(made);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_Entries_AreReadBackAsTheyWere(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var reply = Samples.Message(id, 2, _bob, content: "שלום 👩‍👩‍👧 \u0301\r\n'; drop table messages; --");
        var entries = new[] { Samples.Message(id, 1, _ann), reply with { Event = reply.Event with { ReplyTo = 1, Target = 1 } } };

        var results = await log.Append(entries);

        results.ShouldBe(new Dictionary<Guid, AppendResult> { [id] = AppendResult.Committed });
        ShouldBeEntries(await log.Read(id, 0, long.MaxValue, 10, newest: false), entries);
        var stored = (await log.Load(id, 1))!;
        stored.Conversation.Head.ShouldBe(2);
        ShouldBeEntries(stored.Recent, entries[1..]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_Nothing_IsNothing(StoreKind kind)
    {
        var log = await stores.Log(kind);

        (await log.Append(Array.Empty<LogEntry>())).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_NotAtTheHead_RefusesThatConversationOnly(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var fitting = await Create(log);
        var ahead = await Create(log);
        var behind = await Create(log);
        await log.Append([Samples.Message(behind, 1, _ann)]);
        var unknown = Samples.NewId();

        var results = await log.Append(
        [
            Samples.Message(ahead, 2, _ann), Samples.Message(fitting, 1, _ann), Samples.Message(behind, 1, _bob),
            Samples.Message(unknown, 1, _ann), Samples.Message(fitting, 2, _bob),
        ]);

        results[fitting].ShouldBe(AppendResult.Committed);
        results[ahead].ShouldBe(AppendResult.Refused);
        results[behind].ShouldBe(AppendResult.Refused);
        results[unknown].ShouldBe(AppendResult.Refused);
        (await Sequences(log, fitting)).ShouldBe([1, 2]);
        (await Sequences(log, ahead)).ShouldBeEmpty();
        (await log.Load(ahead, 1))!.Conversation.Head.ShouldBe(0);
        (await log.Read(behind, 0, 9, 9, newest: false)).Single().Event.SenderId.ShouldBe(_ann);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_WithAGapInside_IsRefused(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        var results = await log.Append([Samples.Message(id, 1, _ann), Samples.Message(id, 3, _ann)]);

        results[id].ShouldBe(AppendResult.Refused);
        (await Sequences(log, id)).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_ByASecondOwner_IsRefused(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var first = Samples.Message(id, 1, _ann);

        await log.Append([first]);
        var second = await log.Append([Samples.Message(id, 1, _bob), Samples.Message(id, 2, _bob)]);

        second[id].ShouldBe(AppendResult.Refused);
        ShouldBeEntries(await log.Read(id, 0, long.MaxValue, 10, newest: false), [first]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_RepeatedKey_WritesNothingAndTellsTheStoredEntry(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var other = await Create(log);
        var stored = Samples.Message(id, 1, _ann, "k1");
        await log.Append([stored]);

        var thrown = await Should.ThrowAsync<RepeatedKeyException>(() => log.Append(
            [Samples.Message(other, 1, _ann, "k1"), Samples.Message(id, 2, _ann, "k2"), Samples.Message(id, 3, _ann, "k1", "other body")]));

        ShouldBeEntries(thrown.Stored, [stored]);
        (await Sequences(log, id)).ShouldBe([1]);
        (await Sequences(log, other)).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_SameKeyOfAnotherSenderOrConversation_IsAnotherMessage(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var other = await Create(log);

        await log.Append([Samples.Message(id, 1, _ann, "k"), Samples.Message(id, 2, _bob, "k"), Samples.Message(other, 1, _ann, "k")]);

        (await Sequences(log, id)).ShouldBe([1, 2]);
        (await Sequences(log, other)).ShouldBe([1]);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_RepeatedKeyInARefusedConversation_IsOnlyRefused(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        await log.Append([Samples.Message(id, 1, _ann, "k")]);

        var results = await log.Append([Samples.Message(id, 1, _ann, "k")]);

        results[id].ShouldBe(AppendResult.Refused);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_KeyTwiceInTheBatch_IsPoison(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        await Should.ThrowAsync<PoisonEntryException>(() => log.Append([Samples.Message(id, 1, _ann, "k"), Samples.Message(id, 2, _ann, "k")]));

        (await Sequences(log, id)).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_UnstorableText_IsPoisonAndWritesNothing(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var other = await Create(log);

        foreach (var text in new[] { "U+0000: \0", "half a pair: \ud800" })
        {
            var id = await Create(log);
            await Should.ThrowAsync<PoisonEntryException>(() => log.Append([Samples.Message(other, 1, _ann), Samples.Message(id, 1, _ann, content: text)]));
        }

        (await Sequences(log, other)).ShouldBeEmpty();
        (await log.Append([Samples.Message(other, 1, _ann)]))[other].ShouldBe(AppendResult.Committed);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_UnstorableName_IsPoison(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        await Should.ThrowAsync<PoisonEntryException>(() => log.Append([Samples.Change(id, 1, EntryKind.Renamed, _ann, name: "a\0b")]));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_MemberChanges_AreAppliedInOrder(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var cid = Samples.NewId();

        await log.Append(
        [
            Samples.Message(id, 1, _ann),
            Samples.Change(id, 2, EntryKind.MembersAdded, _ann, [cid, _bob], MemberRole.Member),
            Samples.Change(id, 3, EntryKind.RoleChanged, _ann, [cid], MemberRole.Admin),
            Samples.Change(id, 4, EntryKind.MemberLeft, _bob, [_bob]),
            Samples.Change(id, 5, EntryKind.Renamed, _ann, name: "Dinner"),
        ]);

        var stored = (await log.Load(id, 10))!;
        stored.Conversation.Name.ShouldBe("Dinner");
        stored.Conversation.Members.ShouldBe([new Member(_ann, MemberRole.Member, 0, 0), new Member(cid, MemberRole.Admin, 1, 1)]);
        stored.Recent[1].Event.UserIds.ShouldBe([cid, _bob]);
        stored.Recent[2].Event.Role.ShouldBe(MemberRole.Admin);
        stored.Recent[4].Event.Name.ShouldBe("Dinner");
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_MemberComesBack_SeesWhatFollows(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        await log.Append([Samples.Change(id, 1, EntryKind.MemberLeft, _bob, [_bob]), Samples.Message(id, 2, _ann)]);
        await log.Append([Samples.Change(id, 3, EntryKind.MembersAdded, _ann, [_bob])]);

        (await log.Load(id, 1))!.Conversation.Members.ShouldContain(new Member(_bob, MemberRole.Member, 2, 2));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Append_ChangesOfARefusedConversation_AreNotApplied(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        await log.Append([Samples.Change(id, 7, EntryKind.MemberLeft, _ann, [_bob]), Samples.Change(id, 8, EntryKind.Renamed, _ann, name: "x")]);

        var stored = (await log.Load(id, 1))!.Conversation;
        stored.Members.Length.ShouldBe(2);
        stored.Name.ShouldBe("Lunch");
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Read_Pages_AreAscendingAndLimited(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        await log.Append(Enumerable.Range(1, 9).Select(n => Samples.Message(id, n, _ann)).ToArray());

        (await Read(2, 8, 3, newest: false)).ShouldBe([3, 4, 5]);
        (await Read(2, 8, 3, newest: true)).ShouldBe([5, 6, 7]);
        (await Read(0, long.MaxValue, 100, newest: true)).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        (await Read(9, long.MaxValue, 3, newest: false)).ShouldBeEmpty();
        (await Read(5, 5, 3, newest: true)).ShouldBeEmpty();

        async Task<long[]> Read(long after, long before, int limit, bool newest) =>
            Array.ConvertAll(await log.Read(id, after, before, limit, newest), e => e.Event.Sequence!.Value);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task FindByKeys_FindsTheSendersOwnOnly(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);
        var entries = new[] { Samples.Message(id, 1, _ann, "a"), Samples.Message(id, 2, _bob, "b"), Samples.Message(id, 3, _ann, "c") };
        await log.Append(entries);

        ShouldBeEntries(await log.FindByKeys(id, _ann, ["c", "b", "a", "none", "a"]), [entries[0], entries[2]]);
        (await log.FindByKeys(Samples.NewId(), _ann, ["a"])).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task MoveReadCursors_OnlyForward(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var id = await Create(log);

        await log.MoveReadCursors(id, [(_ann, 5), (_bob, 2), (_bob, 3), (Samples.NewId(), 9)]);
        await log.MoveReadCursors(id, [(_ann, 4), (_bob, 4)]);

        (await log.Load(id, 1))!.Conversation.Members.ToDictionary(m => m.UserId, m => m.ReadSequence)
            .ShouldBe(new Dictionary<Guid, long> { [_ann] = 5, [_bob] = 4 }, ignoreOrder: true);
    }

    private async Task<Guid> Create(IMessageLog log)
    {
        var conversation = Samples.Group(_ann, _bob);
        (await log.Create(conversation)).ShouldBeTrue();
        return conversation.Id;
    }

    private static async Task<long[]> Sequences(IMessageLog log, Guid id) =>
        Array.ConvertAll(await log.Read(id, 0, long.MaxValue, 1000, newest: false), e => e.Event.Sequence!.Value);

    private static void ShouldBeEntries(IReadOnlyList<LogEntry> actual, IReadOnlyList<LogEntry> expected)
    {
        actual.Select(e => e.Event).ShouldBe(expected.Select(e => e.Event));
        actual.Select(e => Convert.ToHexString(e.ContentHash!)).ShouldBe(expected.Select(e => Convert.ToHexString(e.ContentHash!)));
    }
}
