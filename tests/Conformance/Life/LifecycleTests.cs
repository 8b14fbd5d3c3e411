using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Life;

public sealed class LifecycleTests
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task Parts_start_upwards_and_stop_downwards_around_the_grains()
    {
        var steps = new Steps();
        await using var cluster = ConformanceCluster.Build(silo =>
        {
            silo.Services.AddSingleton(steps);
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new Part(steps, "late", ServiceLifecycleStage.Active));
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new Part(steps, "early", ServiceLifecycleStage.ApplicationServices));
            silo.AddStartupTask(
                async (services, _) =>
                await services.GetRequiredService<IGrainFactory>().GetGrain<IStepGrain>(_name).Step(),
                ServiceLifecycleStage.Active + 1);
        });
        await cluster.DeployAsync();
        await cluster.StopAllSilosAsync();
        steps.All.ShouldBe(["early starts", "late starts", "grain called", "late stops", "grain leaves", "early stops"], ignoreOrder: false);
    }

    public sealed class Steps
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _all = new();

        public string[] All => _all.ToArray();

        public void Add(string step) => _all.Enqueue(step);
    }

    private sealed class Part(Steps steps, string name, int stage) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(name, stage, _ => Say("starts"), _ => Say("stops"));

        private Task Say(string what)
        {
            steps.Add($"{name} {what}");
            return Task.CompletedTask;
        }
    }
}

public interface IStepGrain : IGrainWithStringKey
{
    Task Step();
}

public sealed class StepGrain(LifecycleTests.Steps steps) : Grain, IStepGrain
{
    public Task Step()
    {
        steps.Add("grain called");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        steps.Add("grain leaves");
        return Task.CompletedTask;
    }
}
