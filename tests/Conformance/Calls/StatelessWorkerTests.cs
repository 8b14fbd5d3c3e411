using Orleans;
using Orleans.Concurrency;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Calls;

public interface IWorkerGrain : IGrainWithIntegerKey
{
    Task<Guid> Work(string name, int number);
}

[StatelessWorker(2)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    private readonly Guid _me = Guid.CreateVersion7();

    public async Task<Guid> Work(string name, int number)
    {
        Signals.Raise($"{name}/{number}/started");
        await Signals.Raised($"{name}/release");
        return _me;
    }
}

public sealed class StatelessWorkerTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task As_many_calls_run_at_once_as_there_may_be_workers()
    {
        var worker = fixture.Client.GetGrain<IWorkerGrain>(0);
        var first = worker.Work(_name, 1);
        await Signals.Raised($"{_name}/1/started");
        var second = worker.Work(_name, 2);
        await Signals.Raised($"{_name}/2/started");
        var third = worker.Work(_name, 3);
        Signals.Raise($"{_name}/release");
        var workers = await Task.WhenAll(first, second, third);
        workers.Distinct().Count().ShouldBe(2);
    }
}
