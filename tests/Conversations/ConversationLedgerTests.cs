using Chat.Conversations;
using Chat.Grains.Conversations;
using Chat.Grains.Storage;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Conversations;

public sealed class ConversationLedgerTests
{
    private static readonly Guid[] Users = [.. Enumerable.Range(1, 12).Select(i => new Guid(i, 0, 0, new byte[8]))];

    [Fact]
    public void A_cursor_only_moves_forward_and_never_beyond_the_head() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(),
        marks =>
        {
            var ledger = Group(2);
            Apply(ledger, 20);
            var highest = 0L;
            foreach (var mark in marks)
            {
                var moved = ledger.MoveCursor(Users[1], mark, out var cursor);
                moved.ShouldBe(cursor > highest);
                cursor.ShouldBe(Math.Max(highest, Math.Min(mark, 20)));
                highest = cursor;
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_hot_window_is_the_newest_contiguous_part() => Prop.ForAll(
        Gen.Choose(0, 60).ToArbitrary(),
        entries =>
        {
            var ledger = Group(2);
            Apply(ledger, entries);
            ledger.HotFrom.ShouldBe(Math.Max(1, entries - 25 + 1));
            ledger.Hot(ledger.HotFrom, ledger.Head).Select(e => e.Sequence!.Value)
                .ShouldBe(Enumerable.Range((int)ledger.HotFrom, (int)(ledger.Head - ledger.HotFrom + 1)).Select(i => (long)i));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_entry_that_does_not_follow_the_head_is_refused() =>
        Should.Throw<InvalidOperationException>(() => Group(2).Apply(Entry(2)));

    [Fact]
    public void The_limit_of_members_holds() =>
        Group(7).CheckAdd(Users[0], [Users[7], Users[8]])!.Reason.ShouldBe("group_full");

    [Fact]
    public void Only_an_admin_adds_members() =>
        Group(3).CheckAdd(Users[1], [Users[9]])!.Code.ShouldBe(RefusalCode.Forbidden);

    [Fact]
    public void To_a_stranger_there_is_no_group() =>
        Group(3).CheckAdd(Users[9], [Users[8]])!.Code.ShouldBe(RefusalCode.NotFound);

    [Fact]
    public void The_last_admin_hands_over_before_leaving()
    {
        var ledger = Group(3);
        ledger.CheckRemove(Users[0], Users[0])!.Reason.ShouldBe("last_admin");
        ledger.Apply(Entry(1) with { Event = Entry(1).Event with { Kind = EntryKind.RoleChanged, UserIds = [Users[1]], Role = MemberRole.Admin } });
        ledger.CheckRemove(Users[0], Users[0]).ShouldBeNull();
    }

    [Fact]
    public void Who_joins_later_sees_from_the_own_joining_on()
    {
        var ledger = Group(2);
        Apply(ledger, 5);
        ledger.Apply(Entry(6) with { Event = Entry(6).Event with { Kind = EntryKind.MembersAdded, UserIds = [Users[5]], Role = MemberRole.Member } });

        ledger.IsMember(Users[5], out var member).ShouldBeTrue();
        member!.JoinedSequence.ShouldBe(5);
        member.ReadSequence.ShouldBe(5);
    }

    [Fact]
    public void A_direct_pair_has_one_id() => Prop.ForAll(
        ArbMap.Default.ArbFor<Guid>(),
        ArbMap.Default.ArbFor<Guid>(),
        (one, other) =>
        {
            var id = DirectConversation.IdOf(one, other);
            id.ShouldBe(DirectConversation.IdOf(other, one));
            id.Version.ShouldBe(5);
        }).QuickCheckThrowOnFailure();

    private static ConversationLedger Group(int members) => new(
        new StoredConversation(
            OpeningRules.Begin(Guid.Empty, new OpenConversation(ConversationType.Group, Users[0], [], "g"), Users[..members], DateTimeOffset.UnixEpoch),
            []),
        new ConversationOptions { HotWindow = 25 });

    private static void Apply(ConversationLedger ledger, int entries)
    {
        for (var i = 1; i <= entries; i++)
        {
            ledger.Apply(Entry(i));
        }
    }

    private static LogEntry Entry(long sequence) => new(
        new ConversationEvent
        {
            ConversationId = Guid.Empty,
            Sequence = sequence,
            Kind = EntryKind.Message,
            SenderId = Users[0],
            ClientMessageId = $"k{sequence}",
            SentAt = DateTimeOffset.UnixEpoch,
        },
        null);
}
