using Shouldly;
using Xunit;

namespace Chat.Conformance.Turns;

public sealed class TurnTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task Turns_of_a_reentrant_grain_never_overlap()
    {
        var grain = fixture.Client.GetGrain<IReentrantGrain>(_name);
        var overlaps = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => grain.CountWithYields(200)));
        overlaps.Sum().ShouldBe(0);
        (await grain.Counted()).ShouldBe(20 * 200);
    }

    [Fact]
    public async Task Code_of_a_grain_stays_on_its_scheduler()
    {
        var leaves = await fixture.Client.GetGrain<ISchedulerGrain>(_name).LeavesItsScheduler();
        leaves.ShouldAllBe(left => !left);
    }

    [Fact]
    public async Task A_plain_call_waits_for_the_running_one() => await Waits<IPlainGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Plain(name));

    [Fact]
    public async Task A_plain_call_waits_for_a_reading_one() => await Waits<IPlainGrain>(
        (grain, name) => grain.HoldReading(name), (grain, name) => grain.Plain(name));

    [Fact]
    public async Task A_reading_call_waits_for_a_plain_one() => await Waits<IPlainGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Reading(name));

    [Fact]
    public async Task A_reading_call_joins_a_reading_one() => await Joins<IPlainGrain>(
        (grain, name) => grain.HoldReading(name), (grain, name) => grain.Reading(name));

    [Fact]
    public async Task An_interleaving_call_joins_a_plain_one() => await Joins<IPlainGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Interleaving(name));

    [Fact]
    public async Task A_plain_call_joins_in_a_reentrant_grain() => await Joins<IReentrantGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Plain(name));

    [Fact]
    public async Task The_predicate_lets_its_method_in() => await Joins<IChoosyGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Plain(name));

    [Fact]
    public async Task The_predicate_keeps_others_out() => await Waits<IChoosyGrain>(
        (grain, name) => grain.Hold(name), (grain, name) => grain.Reading(name));

    [Fact]
    public async Task A_predicate_that_fails_fails_its_call_and_no_other()
    {
        var grain = fixture.Client.GetGrain<IChoosyGrain>(_name);
        var held = grain.Hold(_name);
        await Signals.Raised($"{_name}/started");
        await Should.ThrowAsync<Exception>(() => grain.Plain($"{_name}/throw"));
        await grain.Plain(_name);
        Signals.Raise($"{_name}/release");
        await held;
    }

    [Fact]
    public async Task A_call_that_may_interleave_overtakes_one_that_waits()
    {
        var grain = fixture.Client.GetGrain<IPlainGrain>(_name);
        var held = grain.Hold(_name);
        await Signals.Raised($"{_name}/started");
        var waiting = grain.Plain($"{_name}/waiting");
        await grain.Interleaving($"{_name}/overtaking");
        Signals.IsRaised($"{_name}/waiting/ran").ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        await Task.WhenAll(held, waiting);
    }

    [Fact]
    public async Task A_call_of_oneself_times_out() =>
        await Should.ThrowAsync<TimeoutException>(fixture.Client.GetGrain<IChainGrain>(_name).CallSelf());

    [Fact]
    public async Task A_call_chain_that_comes_back_times_out() =>
        await Should.ThrowAsync<TimeoutException>(fixture.Client.GetGrain<IChainGrain>(_name).CallThrough($"{_name}/other", allowReentrancy: false));

    [Fact]
    public async Task A_call_chain_that_comes_back_is_let_in_where_the_caller_allows_it() =>
        (await fixture.Client.GetGrain<IChainGrain>(_name).CallThrough($"{_name}/other", allowReentrancy: true)).ShouldBe(_name);

    private async Task Waits<TGrain>(Func<TGrain, string, Task> hold, Func<TGrain, string, Task> second)
        where TGrain : IHolding
    {
        var grain = fixture.Client.GetGrain<TGrain>(_name);
        var held = hold(grain, _name);
        await Signals.Raised($"{_name}/started");
        var waiting = second(grain, _name);
        // What is let in at once has run when this answers.
        await grain.Interleaving($"{_name}/probe");
        await grain.Interleaving($"{_name}/probe");
        Signals.IsRaised($"{_name}/ran").ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        await Task.WhenAll(held, waiting);
        Signals.IsRaised($"{_name}/ran").ShouldBeTrue();
    }

    private async Task Joins<TGrain>(Func<TGrain, string, Task> hold, Func<TGrain, string, Task> second)
        where TGrain : IHolding
    {
        var grain = fixture.Client.GetGrain<TGrain>(_name);
        var held = hold(grain, _name);
        await Signals.Raised($"{_name}/started");
        await second(grain, _name);
        held.IsCompleted.ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        await held;
    }
}
