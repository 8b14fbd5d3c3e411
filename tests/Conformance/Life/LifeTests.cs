using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Life;

public sealed class LifeTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private ILifeGrain Grain => fixture.Client.GetGrain<ILifeGrain>(_name);

    [Fact]
    public async Task A_grain_is_activated_once_by_its_first_calls()
    {
        var incarnations = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Grain.Incarnation()));
        incarnations.Distinct().Count().ShouldBe(1);
        Signals.CountOf($"{_name}/activated").ShouldBe(1);
        (await Grain.Steps()).ShouldBe("made,activated");
    }

    [Fact]
    public async Task A_failed_activation_fails_its_calls_and_the_next_call_tries_again()
    {
        var grain = fixture.Client.GetGrain<IFailingGrain>(_name);
        await Should.ThrowAsync<InvalidOperationException>(() => grain.Activations());
        (await grain.Activations()).ShouldBe(2);
    }

    [Fact]
    public async Task A_grain_that_leaves_is_told_and_disposed_and_comes_back_anew()
    {
        var first = await Grain.DeactivateAfterwards();
        (await Signals.Raised($"{_name}/deactivated")).ShouldBe(DeactivationReasonCode.ApplicationRequested);
        await Signals.Raised($"{_name}/disposed");
        (await Grain.Incarnation()).ShouldNotBe(first);
    }

    [Fact]
    public async Task What_runs_ends_and_what_comes_later_goes_to_the_next_activation()
    {
        var running = Grain.HoldThenDeactivate(_name);
        await Signals.Raised($"{_name}/started");
        var later = Grain.Incarnation();
        Signals.IsRaised($"{_name}/deactivated").ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        (await later).ShouldNotBe(await running);
    }

    [Fact]
    public async Task A_call_that_may_interleave_waits_too_once_the_grain_is_leaving()
    {
        var grain = fixture.Client.GetGrain<ILifeGrain>(_name);
        var running = grain.HoldThenDeactivate(_name);
        await Signals.Raised($"{_name}/started");
        var asked = grain.AskInterleaving();
        await fixture.Client.GetGrain<ILifeGrain>(_name + "/other").AskInterleaving();
        asked.IsCompleted.ShouldBeFalse();
        Signals.Raise($"{_name}/release");
        (await asked).ShouldNotBe(await running);
    }

    [Fact]
    public async Task Waiting_for_a_grain_that_is_not_there_ends_at_once() =>
        await fixture.Cluster.WaitForDeactivationAsync(Grain);

    [Fact]
    public async Task A_grain_that_asks_for_more_time_is_not_collected()
    {
        await using var cluster = CollectingCluster();
        await cluster.DeployAsync();
        var stays = cluster.Client.GetGrain<ILifeGrain>(_name + "/stays");
        var first = await stays.Stay();
        await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation();
        await Signals.Raised($"{_name}/deactivated");
        (await stays.Incarnation()).ShouldBe(first);
    }

    [Fact]
    public async Task A_timer_that_keeps_alive_does()
    {
        await using var cluster = CollectingCluster();
        await cluster.DeployAsync();
        var stays = cluster.Client.GetGrain<ITimerGrain>(_name + "/stays");
        var first = await stays.KeepAlive();
        await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation();
        await Signals.Raised($"{_name}/deactivated");
        (await stays.Incarnation()).ShouldBe(first);
    }

    [Fact]
    public async Task The_management_grain_counts_and_collects()
    {
        await using var cluster = ConformanceCluster.Build();
        await cluster.DeployAsync();
        await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation();
        var management = cluster.Client.GetGrain<IManagementGrain>(0);
        (await management.GetActiveGrains(GrainType.Create("life"))).ShouldBe(new[] { cluster.Client.GetGrain<ILifeGrain>(_name).GetGrainId() });
        await management.ForceActivationCollection(TimeSpan.Zero);
        await Signals.Raised($"{_name}/deactivated");
    }

    [Fact]
    public async Task A_tick_that_waits_is_not_taken_by_the_next_activation()
    {
        var grain = fixture.Client.GetGrain<ILifeGrain>(_name);
        await grain.StartTimer(0, 1);
        var running = grain.HoldThenDeactivate(_name);
        await Signals.Raised($"{_name}/started");
        Signals.Raise($"{_name}/release");
        await running;
        await Signals.Raised($"{_name}/disposed");
        var ticks = Signals.CountOf($"{_name}/tick");
        Signals.CountOf($"{_name}/activated").ShouldBe(1);
        await grain.Incarnation();
        await grain.Incarnation();
        Signals.CountOf($"{_name}/tick").ShouldBe(ticks);
    }

    [Fact]
    public async Task The_cluster_deactivates_a_grain_on_demand()
    {
        var first = await Grain.Incarnation();
        await fixture.Cluster.DeactivateAsync(Grain);
        Signals.IsRaised($"{_name}/deactivated").ShouldBeTrue();
        (await Grain.Incarnation()).ShouldNotBe(first);
    }

    [Fact]
    public async Task An_idle_grain_is_collected_although_its_timer_ticks()
    {
        await using var cluster = CollectingCluster();
        await cluster.DeployAsync();
        await cluster.Client.GetGrain<ILifeGrain>(_name).StartTimer(10, 10);
        (await Signals.Raised($"{_name}/deactivated")).ShouldBe(DeactivationReasonCode.ActivationIdle);
        Signals.CountOf($"{_name}/tick").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_silo_that_stops_tells_its_grains()
    {
        await using var cluster = ConformanceCluster.Build();
        await cluster.DeployAsync();
        await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation();
        await cluster.StopAllSilosAsync();
        Signals.IsRaised($"{_name}/deactivated").ShouldBeTrue();
    }

    [Fact]
    public async Task A_silo_that_restarts_makes_its_grains_anew()
    {
        await using var cluster = ConformanceCluster.Build();
        await cluster.DeployAsync();
        var first = await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation();
        await ConformanceCluster.Restart(cluster);
        (await cluster.Client.GetGrain<ILifeGrain>(_name).Incarnation()).ShouldNotBe(first);
    }

    private static Orleans.TestingHost.InProcessTestCluster CollectingCluster() =>
        ConformanceCluster.Build(silo => silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = TimeSpan.FromMilliseconds(200);
            options.CollectionAge = TimeSpan.FromMilliseconds(400);
        }));
}
