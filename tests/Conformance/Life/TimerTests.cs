using Shouldly;
using Xunit;

namespace Chat.Conformance.Life;

public sealed class TimerTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task A_timer_ticks_again_and_again_until_it_is_disposed()
    {
        var grain = fixture.Client.GetGrain<ILifeGrain>(_name);
        await grain.StartTimer(1, 1);
        await Signals.Counted($"{_name}/tick", 3);
        await grain.StopTimer();
        var ticks = Signals.CountOf($"{_name}/tick");
        await grain.Incarnation();
        await grain.Incarnation();
        Signals.CountOf($"{_name}/tick").ShouldBe(ticks);
    }

    [Fact]
    public async Task A_timer_without_a_period_ticks_once()
    {
        var grain = fixture.Client.GetGrain<ILifeGrain>(_name);
        await grain.StartTimer(1, -1);
        await Signals.Counted($"{_name}/tick", 1);
        await fixture.Cluster.DeactivateAsync(grain);
        Signals.CountOf($"{_name}/tick").ShouldBe(1);
    }

    [Fact]
    public async Task A_tick_is_a_turn_that_others_wait_for()
    {
        var grain = fixture.Client.GetGrain<ITimerGrain>(_name);
        await grain.StartBlocking(_name, interleave: false);
        await Signals.Counted($"{_name}/tick", 1);
        var asked = grain.Ask();
        await fixture.Client.GetGrain<ITimerGrain>(_name + "/other").Ask();
        asked.IsCompleted.ShouldBeFalse();
        Signals.CountOf($"{_name}/tick").ShouldBe(1);
        Signals.Raise($"{_name}/release");
        (await asked).ShouldBe("here");
    }

    [Fact]
    public async Task An_interleaving_tick_lets_others_in()
    {
        var grain = fixture.Client.GetGrain<ITimerGrain>(_name);
        await grain.StartBlocking(_name, interleave: true);
        await Signals.Counted($"{_name}/tick", 1);
        (await grain.Ask()).ShouldBe("here");
        Signals.CountOf($"{_name}/tick").ShouldBe(1);
        Signals.Raise($"{_name}/release");
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_end_the_timer()
    {
        await fixture.Client.GetGrain<ITimerGrain>(_name).StartFailing(_name);
        await Signals.Counted($"{_name}/tick", 3);
    }

    [Fact]
    public async Task A_timer_that_is_changed_in_its_own_tick_comes_at_the_new_time()
    {
        await fixture.Client.GetGrain<ITimerGrain>(_name).StartChanging(_name);
        await Signals.Counted($"{_name}/tick", 3);
    }
}
