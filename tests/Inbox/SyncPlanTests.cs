using Chat.Conversations;
using Chat.Grains.Inbox;
using Chat.Grains.Storage;
using Chat.Tests.Storage;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Inbox;

public sealed class SyncPlanTests
{
    private readonly Guid _one = Samples.NewId();
    private readonly Guid _two = Samples.NewId();
    private readonly InboxOptions _options = new();

    [Fact]
    public void Make_UpToDate_IsNothing()
    {
        var plan = SyncPlan.Make([new(_one, 5)], [new(_one, 5)], _options);

        (plan.Steps.Length, plan.Added.Length, plan.Unknown.Length).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void Make_NewAndGone_AreTold()
    {
        var plan = SyncPlan.Make([new(_one, 5)], [new(_two, 0)], _options);

        plan.Added.ShouldBe([_two]);
        plan.Unknown.ShouldBe([_one]);
    }

    [Fact]
    public void Make_NamedTwice_TakesTheLowerPositionOnce()
    {
        var plan = SyncPlan.Make([new(_one, 5), new(_one, 3), new(_one, 4)], [new(_one, 5)], _options);

        plan.Steps.ShouldBe([new SyncStep(_one, 5, 3, 2)]);
    }

    [Fact]
    public void Make_AheadOfTheLog_AsksTheConversation()
    {
        var plan = SyncPlan.Make([new(_one, 9)], [new(_one, 5)], _options);

        plan.Steps.ShouldBe([new SyncStep(_one, 5, 9, 1)]);
    }

    [Fact]
    public void Make_AnyPositions_KeepTheBoundsAndForgetNobody()
    {
        var ids = Enumerable.Range(0, 30).Select(_ => Samples.NewId()).ToArray();
        var options = new InboxOptions { MaxSyncEvents = 50, MaxSyncEventsPerConversation = 7 };
        var position = Gen.Zip(Gen.Choose(0, 29), Gen.Choose(0, 40));
        var inputs = Gen.Zip(position.ListOf(), position.ListOf()).ToArbitrary();

        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(inputs, input =>
        {
            var positions = input.Item1.Select(p => new SyncPosition(ids[p.Item1], p.Item2)).ToArray();
            var heads = input.Item2.DistinctBy(h => h.Item1).Select(h => new MembershipHead(ids[h.Item1], h.Item2)).ToArray();

            var plan = SyncPlan.Make(positions, heads, options);

            plan.Steps.Sum(s => s.Limit).ShouldBeLessThanOrEqualTo(50);
            plan.Steps.ShouldAllBe(s => s.Limit <= 7);
            var lowest = positions.GroupBy(p => p.ConversationId).ToDictionary(g => g.Key, g => g.Min(p => p.After));
            plan.Steps.Select(s => (s.ConversationId, s.After)).ShouldBe(
                heads.Where(h => lowest.TryGetValue(h.ConversationId, out var after) && after != h.Head).Select(h => (h.ConversationId, lowest[h.ConversationId])));
            plan.Added.ShouldBe(heads.Select(h => h.ConversationId).Except(lowest.Keys));
            plan.Unknown.ShouldBe(lowest.Keys.Except(heads.Select(h => h.ConversationId)), ignoreOrder: true);
        }));
    }
}
