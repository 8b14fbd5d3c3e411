namespace Orleans.Chaos;

/// <summary>What a network does and one process hides. Off by default; for tests.</summary>
public sealed class ChaosOptions
{
    /// <summary>Whether anything below happens. Default false.</summary>
    public bool Enabled { get; set; }

    /// <summary>The same seed makes the same choices in the same order. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Calls are delivered after a random time up to this, so that calls which are not awaited overtake each other. Default 5 ms.</summary>
    public TimeSpan MaxLatency { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The share of stream events that are lost. Default 0.</summary>
    public double DropStreamEvent { get; set; }

    /// <summary>The share of stream events that come twice. Default 0.</summary>
    public double DoubleStreamEvent { get; set; }

    /// <summary>The share of calls after which the activation is deactivated. Default 0.</summary>
    public double KillActivation { get; set; }

    /// <summary>The share of calls that are executed and whose caller gets a TimeoutException. Default 0.</summary>
    public double LoseReply { get; set; }
}
