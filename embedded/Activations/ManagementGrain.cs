using Orleans.Activations;

namespace Orleans.Runtime;

[GenerateSerializer]
public sealed class SimpleGrainStatistic
{
    [Id(0)]
    public string GrainType { get; init; } = "";

    [Id(1)]
    public SiloAddress SiloAddress { get; init; } = null!;

    [Id(2)]
    public int ActivationCount { get; init; }
}

/// <summary>What operators and tests ask of a silo.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false);

    Task ForceActivationCollection(TimeSpan ageLimit);

    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    Task<int> GetTotalActivationCount();

    ValueTask<List<GrainId>> GetActiveGrains(GrainType type);
}

[Concurrency.StatelessWorker]
internal sealed class ManagementGrain(Silo silo, ILocalSiloDetails details) : Grain, IManagementGrain
{
    public Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false) =>
        Task.FromResult(new Dictionary<SiloAddress, SiloStatus> { [details.SiloAddress] = SiloStatus.Active });

    public Task ForceActivationCollection(TimeSpan ageLimit)
    {
        silo.CollectIdle(ageLimit);
        return Task.CompletedTask;
    }

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() =>
        Task.FromResult(Grains().GroupBy(each => each.Class.Type.FullName!, StringComparer.Ordinal)
            .Select(each => new SimpleGrainStatistic { GrainType = each.Key, SiloAddress = details.SiloAddress, ActivationCount = each.Count() }).ToArray());

    public Task<int> GetTotalActivationCount() => Task.FromResult(Grains().Count());

    public ValueTask<List<GrainId>> GetActiveGrains(GrainType type) => new(Grains().Where(each => each.GrainId.Type == type).Select(each => each.GrainId).ToList());

    private IEnumerable<Activation> Grains() => silo.Activations.Where(each => each.GrainInstance is not null and not ManagementGrain);
}
