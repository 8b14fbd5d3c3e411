using Chat.Tests.Support;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>A full disk is an outage: told, bridged, and over by itself when there is room again. It is not poison, and nothing that was acknowledged is lost.</summary>
public sealed class DiskFullTests
{
    private const int Small = 64;
    private const int Large = 192;

    [Fact]
    public Task Tables() => Outage(
        (postgres, disk) => postgres.MoveTables(disk),
        (_, disk) => disk.Fill(),
        (_, disk) => disk.Grow(Large),
        TimeSpan.FromSeconds(10),
        fits: true);

    [Fact]
    public Task WriteAheadLog() => Outage(
        (postgres, disk) => postgres.MoveLog(disk),
        async (postgres, disk) =>
        {
            await disk.Fill();
            await postgres.ExhaustLog();
        },
        async (postgres, disk) =>
        {
            await disk.Grow(Large);
            await postgres.Restart();
        },
        TimeSpan.FromSeconds(15));

    private static async Task Outage(
        Func<PostgresCluster, SmallDisk, Task> move, Func<PostgresCluster, SmallDisk, Task> begin, Func<PostgresCluster, SmallDisk, Task> end, TimeSpan healLimit, bool fits = false)
    {
        Assert.SkipUnless(SmallDisk.Possible, "Only root can mount a disk that is small enough to be filled.");
        await using var disk = await SmallDisk.Mount(Small);
        await using var server = new ProxiedServer { Prepare = postgres => move(postgres, disk) };
        await server.InitializeAsync();
        await using var ann = await OutageWitness.Of(server);
        await ann.Sees(() => begin(server.Postgres, disk), () => end(server.Postgres, disk), healLimit, fits);
    }
}
