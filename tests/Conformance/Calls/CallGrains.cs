using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Conformance.Calls;

[GenerateSerializer]
public sealed class MarkedException(string message, int code) : Exception(message)
{
    [Id(0)]
    public int Code { get; private set; } = code;
}

public sealed class UnmarkedException(string message) : Exception(message);

public interface ICallGrain : IGrainWithStringKey
{
    Task ThrowMarked();

    Task ThrowUnmarked();

    Task ThrowMarkedInNext();

    Task ThrowUnmarkedInside();

    Task ThrowArgument();

    Task ThrowAtOnce();

    Task<int> ThrowCancelled();

    [OneWay]
    Task Fire(string name);

    [OneWay]
    Task FireAndFail(string name);

    Task Wait(string name, CancellationToken token);

    Task<int> Forward(string name, CancellationToken token);

    Task<string?> ContextValue(string key);

    Task<string?> ContextValueOfNext(string key);

    Task ChangeContext(string key);

    [ResponseTimeout("00:00:00.500")]
    Task Slow(string name);

    ValueTask<int> Quick(int value);

    ValueTask Quiet();
}

public sealed class CallGrain : Grain, ICallGrain
{
    public async Task ThrowMarked()
    {
        await Task.Yield();
        throw new MarkedException("marked", 7);
    }

    public Task ThrowUnmarked() => throw new UnmarkedException("unmarked");

    public async Task ThrowMarkedInNext() => await GrainFactory.GetGrain<ICallGrain>(this.GetPrimaryKeyString() + "/next").ThrowMarked();

    public Task ThrowUnmarkedInside() => throw new InvalidOperationException("outer", new UnmarkedException("inner"));

    public Task ThrowArgument() => throw new ArgumentException("message");

    public Task ThrowAtOnce() => throw new InvalidOperationException("at once");

    public async Task<int> ThrowCancelled()
    {
        await Task.Yield();
        throw new OperationCanceledException("cancelled");
    }

    public async Task Fire(string name)
    {
        await Signals.Raised($"{name}/release");
        Signals.Raise($"{name}/ran");
    }

    public Task FireAndFail(string name)
    {
        Signals.Raise($"{name}/ran");
        throw new InvalidOperationException("nobody hears it");
    }

    public async Task Wait(string name, CancellationToken token)
    {
        await using var registration = token.Register(() => Signals.Raise($"{name}/cancelled", TaskScheduler.Current));
        Signals.Raise($"{name}/started");
        await Signals.Raised($"{name}/release");
    }

    public async Task<int> Forward(string name, CancellationToken token)
    {
        await GrainFactory.GetGrain<ICallGrain>(this.GetPrimaryKeyString() + "/next").Wait(name, token);
        return 1;
    }

    public async Task<string?> ContextValue(string key)
    {
        await Task.Yield();
        return RequestContext.Get(key) as string;
    }

    public Task<string?> ContextValueOfNext(string key) => GrainFactory.GetGrain<ICallGrain>(this.GetPrimaryKeyString() + "/next").ContextValue(key);

    public Task ChangeContext(string key)
    {
        RequestContext.Set(key, "changed");
        return Task.CompletedTask;
    }

    public async Task Slow(string name)
    {
        await Signals.Raised($"{name}/release");
        Signals.Raise($"{name}/ran");
    }

    public ValueTask<int> Quick(int value) => new(value + 1);

    public ValueTask Quiet() => default;
}

public interface IAmbiguous : IGrainWithStringKey
{
    Task<string> Which();
}

[GrainType("conformance-first")]
public sealed class FirstAmbiguousGrain : Grain, IAmbiguous
{
    public Task<string> Which() => Task.FromResult("first");
}

[GrainType("conformance-second")]
public sealed class SecondAmbiguousGrain : Grain, IAmbiguous
{
    public Task<string> Which() => Task.FromResult("second");
}

public interface IKeyed : IGrain
{
    Task<string> Key();
}

public interface IGuidKeyed : IKeyed, IGrainWithGuidKey;

public interface IIntegerKeyed : IKeyed, IGrainWithIntegerKey;

public interface ICompoundKeyed : IKeyed, IGrainWithIntegerCompoundKey;

public sealed class GuidKeyedGrain : Grain, IGuidKeyed
{
    public Task<string> Key() => Task.FromResult(this.GetPrimaryKey().ToString());
}

public sealed class IntegerKeyedGrain : Grain, IIntegerKeyed
{
    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyLong().ToString(System.Globalization.CultureInfo.InvariantCulture));
}

public sealed class CompoundKeyedGrain : Grain, ICompoundKeyed
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKeyLong(out var extension)}:{extension}");
}
