using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Conformance.Life;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<Guid> Incarnation();

    Task<Guid> DeactivateAfterwards();

    Task<Guid> HoldThenDeactivate(string name);

    Task<string> Steps();

    Task StartTimer(int dueMs, int periodMs);

    Task StopTimer();

    Task<Guid> Stay();

    [AlwaysInterleave]
    Task<Guid> AskInterleaving();
}

public sealed class LifeGrain : Grain, ILifeGrain, IDisposable
{
    private readonly Guid _me = Guid.CreateVersion7();
    private string _steps = "made";
    private IGrainTimer? _timer;

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        _steps += ",activated";
        Signals.Count($"{Key}/activated");
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Signals.Raise($"{Key}/deactivated", reason.ReasonCode);
        return Task.CompletedTask;
    }

    public Task<Guid> Incarnation() => Task.FromResult(_me);

    public Task<Guid> DeactivateAfterwards()
    {
        DeactivateOnIdle();
        return Task.FromResult(_me);
    }

    public async Task<Guid> HoldThenDeactivate(string name)
    {
        DeactivateOnIdle();
        Signals.Raise($"{name}/started");
        await Signals.Raised($"{name}/release");
        return _me;
    }

    public Task<string> Steps() => Task.FromResult(_steps);

    public Task StartTimer(int dueMs, int periodMs)
    {
        _timer = this.RegisterGrainTimer(
            static (key, token) =>
            {
                Signals.Count($"{key}/tick");
                return token.IsCancellationRequested ? throw new InvalidOperationException("stopped") : Task.CompletedTask;
            },
            Key,
            TimeSpan.FromMilliseconds(dueMs),
            periodMs < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(periodMs));
        return Task.CompletedTask;
    }

    public Task StopTimer()
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    public Task<Guid> Stay()
    {
        DelayDeactivation(TimeSpan.FromMinutes(1));
        return Task.FromResult(_me);
    }

    public Task<Guid> AskInterleaving() => Task.FromResult(_me);

    public void Dispose() => Signals.Raise($"{Key}/disposed");
}

public interface IFailingGrain : IGrainWithStringKey
{
    Task<int> Activations();
}

public sealed class FailingGrain : Grain, IFailingGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        Signals.Count($"{this.GetPrimaryKeyString()}/attempts") == 1 ? throw new InvalidOperationException("not today") : Task.CompletedTask;

    public Task<int> Activations() => Task.FromResult(Signals.CountOf($"{this.GetPrimaryKeyString()}/attempts"));
}

public interface ITimerGrain : IGrainWithStringKey
{
    Task StartBlocking(string name, bool interleave);

    Task<string> Ask();

    Task StartFailing(string name);

    Task StartChanging(string name);

    Task<Guid> KeepAlive();

    Task<Guid> Incarnation();
}

public sealed class TimerGrain : Grain, ITimerGrain
{
    private readonly Guid _me = Guid.CreateVersion7();

    public Task StartBlocking(string name, bool interleave)
    {
        this.RegisterGrainTimer(
            async () =>
            {
                Signals.Count($"{name}/tick");
                await Signals.Raised($"{name}/release");
            },
            new GrainTimerCreationOptions(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task<string> Ask() => Task.FromResult("here");

    public Task StartFailing(string name)
    {
        this.RegisterGrainTimer(
            () =>
            {
                Signals.Count($"{name}/tick");
                throw new InvalidOperationException("a tick failed");
            },
            TimeSpan.Zero,
            TimeSpan.FromMilliseconds(1));
        return Task.CompletedTask;
    }

    public Task StartChanging(string name)
    {
        IGrainTimer? timer = null;
        timer = this.RegisterGrainTimer(
            async () =>
            {
                Signals.Count($"{name}/tick");
                timer!.Change(TimeSpan.Zero, TimeSpan.FromHours(1));
                await Task.Yield();
            },
            new GrainTimerCreationOptions(TimeSpan.Zero, TimeSpan.FromHours(1)) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task<Guid> KeepAlive()
    {
        this.RegisterGrainTimer(
            static () => Task.CompletedTask,
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20)) { KeepAlive = true });
        return Task.FromResult(_me);
    }

    public Task<Guid> Incarnation() => Task.FromResult(_me);
}
