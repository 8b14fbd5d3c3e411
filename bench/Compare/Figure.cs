using Chat.Bench.Load;

namespace Chat.Bench.Compare;

/// <summary>A line of the report.</summary>
/// <param name="Goal">What the product must reach: its own value, or its ratio to the baseline.</param>
internal sealed record Figure(string Name, string Unit, Func<LoadResult, double> Of, Goal? Goal = null)
{
    public static IEnumerable<Figure> All(string engine)
    {
        var embedded = engine != "orleans";
        yield return new("closed: acked", "1/s", r => r.Closed.Acked / r.Closed.Seconds, new Goal(embedded ? 0.5 : 0.2, IsRatio: true, AtLeast: true));
        yield return new("closed: acked, CPU permitting", "1/s", r => Environment.ProcessorCount / (r.Closed.Cpu.Total / r.Closed.Acked));
        yield return new("closed: ack p50", "ms", r => r.Closed.Ack.P50);
        yield return new("closed: ack p95", "ms", r => r.Closed.Ack.P95);
        yield return new("closed: ack p99", "ms", r => r.Closed.Ack.P99);
        yield return new("closed: delivery p50", "ms", r => r.Closed.Delivery.P50);
        yield return new("closed: delivery p95", "ms", r => r.Closed.Delivery.P95);
        yield return new("closed: delivery p99", "ms", r => r.Closed.Delivery.P99);
        yield return new("closed: CPU server", "us/message", r => PerMessage(r.Closed, r.Closed.Cpu.Server), embedded ? new Goal(2.5, IsRatio: true, AtLeast: false) : null);
        yield return new("closed: CPU Postgres", "us/message", r => PerMessage(r.Closed, r.Closed.Cpu.Postgres));
        yield return new("closed: CPU load generator", "us/message", r => PerMessage(r.Closed, r.Closed.Cpu.Load));
        yield return new("open: ack p50", "ms", r => r.Open.Ack.P50, embedded ? new Goal(2, IsRatio: false, AtLeast: false) : null);
        yield return new("open: ack p95", "ms", r => r.Open.Ack.P95);
        yield return new("open: ack p99", "ms", r => r.Open.Ack.P99);
        yield return new("open: delivery p50", "ms", r => r.Open.Delivery.P50, embedded ? new Goal(4, IsRatio: false, AtLeast: false) : null);
        yield return new("open: delivery p95", "ms", r => r.Open.Delivery.P95);
        yield return new("open: delivery p99", "ms", r => r.Open.Delivery.P99);
        yield return new("open: CPU server", "us/message", r => PerMessage(r.Open, r.Open.Cpu.Server));
        yield return new("open: CPU Postgres", "us/message", r => PerMessage(r.Open, r.Open.Cpu.Postgres));
        yield return new("memory of an idle connection", "KiB", r => r.IdleConnectionKiB ?? double.NaN, embedded ? new Goal(45, IsRatio: false, AtLeast: false) : null);
    }

    private static double PerMessage(LoopFigures loop, double seconds) => seconds * 1e6 / loop.Acked;
}

internal sealed record Goal(double Bound, bool IsRatio, bool AtLeast)
{
    public bool IsMet(double value, double ratio) => AtLeast ? (IsRatio ? ratio : value) >= Bound : (IsRatio ? ratio : value) <= Bound;

    public override string ToString() => $"{(AtLeast ? ">=" : "<=")} {Bound:0.##}{(IsRatio ? " x" : "")}";
}
