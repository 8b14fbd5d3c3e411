using System.Numerics;

namespace Chat.Bench.Load;

/// <summary>Counts of latencies in microseconds; below 128 exact, above within 1.6 %.</summary>
internal sealed class Latencies
{
    private const int Exact = 128;
    private const int Steps = 64;

    private readonly long[] _counts = new long[Exact + (Steps * 40)];
    private long _total;

    public void Add(long microseconds)
    {
        _counts[IndexOf(Math.Max(0, microseconds))]++;
        _total++;
    }

    public Percentiles Percentiles() => new(At(0.50), At(0.95), At(0.99));

    private static int IndexOf(long value)
    {
        if (value < Exact)
        {
            return (int)value;
        }

        var power = BitOperations.Log2((ulong)value) - 6;
        return Exact + ((power - 1) * Steps) + (int)((value >> power) - Steps);
    }

    private static long ValueOf(int index)
    {
        if (index < Exact)
        {
            return index;
        }

        var power = ((index - Exact) / Steps) + 1;
        var step = ((index - Exact) % Steps) + Steps;
        return ((long)step << power) + (1L << (power - 1));
    }

    private double At(double quantile)
    {
        var rank = (long)Math.Ceiling(_total * quantile);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return ValueOf(i) / 1000.0;
            }
        }

        return 0;
    }
}

/// <summary>In milliseconds.</summary>
internal sealed record Percentiles(double P50, double P95, double P99);
