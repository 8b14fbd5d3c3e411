using System.Collections.Concurrent;
using Orleans;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Observers;

public interface IWatcher : IGrainObserver
{
    [ResponseTimeout("00:00:01")]
    Task OnNumber(int number);
}

public interface IWatchedGrain : IGrainWithStringKey
{
    Task Watch(IWatcher watcher);

    Task Tell(int count);
}

public sealed class WatchedGrain : Grain, IWatchedGrain
{
    private IWatcher? _watcher;

    public Task Watch(IWatcher watcher)
    {
        _watcher = watcher;
        return Task.CompletedTask;
    }

    public async Task Tell(int count)
    {
        for (var number = 1; number <= count; number++)
        {
            await _watcher!.OnNumber(number);
        }
    }
}

public sealed class ObserverTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private IWatchedGrain Grain => fixture.Client.GetGrain<IWatchedGrain>(_name);

    [Fact]
    public async Task A_grain_calls_an_object_of_the_client_and_waits_for_it()
    {
        var watcher = new Watcher();
        await Grain.Watch(fixture.Client.CreateObjectReference<IWatcher>(watcher));
        await Grain.Tell(3);
        watcher.Seen.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_failure_of_the_object_reaches_the_grain()
    {
        var watcher = new Watcher { Fails = true };
        await Grain.Watch(fixture.Client.CreateObjectReference<IWatcher>(watcher));
        await Should.ThrowAsync<InvalidOperationException>(() => Grain.Tell(1));
        GC.KeepAlive(watcher);
    }

    [Fact]
    public async Task An_object_that_was_deleted_does_not_answer()
    {
        var watcher = new Watcher();
        var reference = fixture.Client.CreateObjectReference<IWatcher>(watcher);
        await Grain.Watch(reference);
        fixture.Client.DeleteObjectReference<IWatcher>(reference);
        await Should.ThrowAsync<TimeoutException>(() => Grain.Tell(1));
        watcher.Seen.ShouldBeEmpty();
    }

    private sealed class Watcher : IWatcher
    {
        public ConcurrentQueue<int> Seen { get; } = new();

        public bool Fails { get; init; }

        public Task OnNumber(int number)
        {
            Seen.Enqueue(number);
            return Fails ? throw new InvalidOperationException("no") : Task.CompletedTask;
        }
    }
}
