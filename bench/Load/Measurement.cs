using System.Diagnostics;
using Chat.Bench.Measuring;

namespace Chat.Bench.Load;

/// <summary>One span of time that is measured. Written by the socket thread only, read after it was taken away from it.</summary>
internal sealed class Measurement(LoadPlan plan)
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly CpuTimes _before = CpuTimes.Read(plan.ServerProcess, plan.PostgresProcess);
    private readonly Latencies _acks = new();
    private readonly Latencies _deliveries = new();
    private long _acked;

    public void OnAcked(long sentAt)
    {
        _acked++;
        _acks.Add(Microseconds(sentAt));
    }

    public void OnDelivered(long sentAt) => _deliveries.Add(Microseconds(sentAt));

    public LoopFigures Finish()
    {
        var seconds = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        var cpu = CpuTimes.Read(plan.ServerProcess, plan.PostgresProcess) - _before;
        return new LoopFigures(seconds, _acked, _acks.Percentiles(), _deliveries.Percentiles(), cpu);
    }

    private static long Microseconds(long since) => (long)Stopwatch.GetElapsedTime(since).TotalMicroseconds;
}
