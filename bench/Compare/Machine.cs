using System.Diagnostics;

namespace Chat.Bench.Compare;

/// <summary>Where and when the figures were taken: they mean nothing without.</summary>
internal sealed record Machine(DateTimeOffset At, string Commit, int Cores, string Processor, string LoadAverage, string Runtime)
{
    public static Machine Read() => new(
        TimeProvider.System.GetUtcNow(),
        Git("describe --always --dirty"),
        Environment.ProcessorCount,
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown",
        File.ReadAllText("/proc/loadavg").Split(' ')[0],
        Environment.Version.ToString());

    public override string ToString() =>
        $"{At:yyyy-MM-dd HH:mm} UTC, commit {Commit}, {Cores} cores ({Processor}) for everything, load average before {LoadAverage}, .NET {Runtime}";

    private static string Git(string arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        return git.StandardOutput.ReadToEnd().Trim();
    }
}
