namespace Chat.Grains.Held;

/// <summary>Where messages are held while the log is out of reach: settings under `Chat:Fallback`.</summary>
public sealed class FallbackOptions
{
    public const string Section = "Chat:Fallback";

    /// <summary>A folder of this process alone, on a disk that keeps what was synced. It belongs to the database: a new database takes an empty folder. Empty: nothing is
    /// ever held. Default: `fallback` in the working directory; none where there is no database.</summary>
    public string? Folder { get; set; }

    /// <summary>Messages of one conversation that may be held; beyond it the answer is `overloaded`. Default: 500.</summary>
    public int MaxHeld { get; set; } = 500;

    /// <summary>The longest that holding or looking up may take before the fallback counts as gone, in milliseconds. Default: 500.</summary>
    public int DeadlineMs { get; set; } = 500;

    internal string? Fault() =>
        MaxHeld is < 1 or > 10_000 ? $"{Section}:MaxHeld is {MaxHeld}; it takes 1 to 10000."
        : DeadlineMs is < 10 or > 10_000 ? $"{Section}:DeadlineMs is {DeadlineMs}; it takes 10 to 10000."
        : null;
}
