using Xunit;

namespace Chat.Tests.Storage;

public enum StoreKind
{
    Memory,
    Postgres,
}

/// <summary>A behaviour of the stores is one test, run against each of them.</summary>
public sealed class EveryStore : TheoryData<StoreKind>
{
    public EveryStore() => AddRange(Enum.GetValues<StoreKind>());
}
