namespace Chat.Bench.Measuring;

/// <summary>Seconds of processor time, user and system, of the three that share the machine. Postgres is the postmaster, its live children, and those it has buried.</summary>
internal readonly record struct CpuTimes(double Server, double Postgres, double Load)
{
    private const double TicksPerSecond = 100;

    public double Total => Server + Postgres + Load;

    public static CpuTimes Read(int serverProcess, int postgresProcess)
    {
        var postgres = ProcessStat.Read(postgresProcess);
        var backends = ProcessStat.ChildrenOf(postgresProcess).Sum(child => child.Ticks);
        return new CpuTimes(
            ProcessStat.Read(serverProcess).Ticks / TicksPerSecond,
            (postgres.Ticks + postgres.BuriedTicks + backends) / TicksPerSecond,
            ProcessStat.Read(Environment.ProcessId).Ticks / TicksPerSecond);
    }

    public static CpuTimes operator -(CpuTimes later, CpuTimes earlier) =>
        new(later.Server - earlier.Server, later.Postgres - earlier.Postgres, later.Load - earlier.Load);
}
