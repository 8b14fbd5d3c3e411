namespace Chat.Bench.Measuring;

/// <summary>The proportional set size of a .NET process, once it has settled.</summary>
internal static class ServerMemory
{
    public static async Task<long> SettledBytes(int process)
    {
        for (var round = 0; round < 3; round++)
        {
            await ForcedCollection.Run(process);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        return File.ReadLines($"/proc/{process}/smaps_rollup")
            .Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024)
            .Single();
    }
}
