using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Chat.Conformance.Turns;

/// <summary>`Hold` says that it runs, and ends when the test lets it; the others show what may run meanwhile.</summary>
public interface IHolding : IGrainWithStringKey
{
    Task Hold(string name);

    Task Plain(string name);

    [AlwaysInterleave]
    Task Interleaving(string name);

    [ReadOnly]
    Task HoldReading(string name);

    [ReadOnly]
    Task Reading(string name);
}

public interface IPlainGrain : IHolding;

public interface IReentrantGrain : IHolding
{
    Task<int> CountWithYields(int turns);

    Task<int> Counted();
}

public interface IChoosyGrain : IHolding;

public abstract class HoldingGrain : Grain
{
    public Task Hold(string name) => HoldHere(name);

    public Task HoldReading(string name) => HoldHere(name);

    public Task Plain(string name) => Say(name);

    public Task Interleaving(string name) => Say(name);

    public Task Reading(string name) => Say(name);

    private static async Task HoldHere(string name)
    {
        Signals.Raise($"{name}/started");
        await Signals.Raised($"{name}/release");
    }

    private static Task Say(string name)
    {
        Signals.Raise($"{name}/ran");
        return Task.CompletedTask;
    }
}

public sealed class PlainGrain : HoldingGrain, IPlainGrain;

[Reentrant]
public sealed class ReentrantGrain : HoldingGrain, IReentrantGrain
{
    private int _inside;
    private int _counter;

    public async Task<int> CountWithYields(int turns)
    {
        var overlaps = 0;
        for (var turn = 0; turn < turns; turn++)
        {
            overlaps += Interlocked.Increment(ref _inside) == 1 ? 0 : 1;
            // No turn runs beside another, so this needs no lock.
            _counter++;
            Interlocked.Decrement(ref _inside);
            await Task.Yield();
        }

        return overlaps;
    }

    public Task<int> Counted() => Task.FromResult(_counter);
}

[MayInterleave(nameof(MayInterleave))]
public sealed class ChoosyGrain : HoldingGrain, IChoosyGrain
{
    public static bool MayInterleave(IInvokable request) => request.GetArgument(0) is string name && name.EndsWith("/throw", StringComparison.Ordinal)
        ? throw new InvalidOperationException("the predicate failed")
        : string.Equals(request.GetMethodName(), nameof(Plain), StringComparison.Ordinal);
}

public interface ISchedulerGrain : IGrainWithStringKey
{
    Task<bool[]> LeavesItsScheduler();
}

public sealed class SchedulerGrain : Grain, ISchedulerGrain
{
    public async Task<bool[]> LeavesItsScheduler()
    {
        var own = TaskScheduler.Current;
        var start = own == TaskScheduler.Default;
        await Task.Yield();
        var afterYield = TaskScheduler.Current != own;
        await Task.Run(static () => { });
        var afterRun = TaskScheduler.Current != own;
        var inRun = await Task.Run(() => TaskScheduler.Current == own);
        var inStartNew = await Task.Factory.StartNew(() => TaskScheduler.Current != own);
        return [start, afterYield, afterRun, inRun, inStartNew];
    }
}

public interface IChainGrain : IGrainWithStringKey
{
    [ResponseTimeout("00:00:01")]
    Task CallSelf();

    Task<string> CallThrough(string other, bool allowReentrancy);

    [ResponseTimeout("00:00:01")]
    Task<string> CallBack(string first);

    Task<string> Answer();
}

public sealed class ChainGrain : Grain, IChainGrain
{
    public async Task CallSelf() => await this.AsReference<IChainGrain>().CallSelf();

    public async Task<string> CallThrough(string other, bool allowReentrancy)
    {
        var next = GrainFactory.GetGrain<IChainGrain>(other);
        if (!allowReentrancy)
        {
            return await next.CallBack(this.GetPrimaryKeyString());
        }

        using (RequestContext.AllowCallChainReentrancy())
        {
            return await next.CallBack(this.GetPrimaryKeyString());
        }
    }

    public Task<string> CallBack(string first) => GrainFactory.GetGrain<IChainGrain>(first).Answer();

    public Task<string> Answer() => Task.FromResult(this.GetPrimaryKeyString());
}
