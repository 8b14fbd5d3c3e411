namespace Chat.Grains.DeadLetters;

/// <summary>Settings under `Chat:DeadLetters`.</summary>
public sealed class DeadLetterOptions
{
    public const string Section = "Chat:DeadLetters";

    /// <summary>More dead letters than this are an error in the log, told once until there are fewer again. Default: 100.</summary>
    public int AlarmDepth { get; set; } = 100;

    /// <summary>Dead letters that one silo writes at once; who comes on top is told `overloaded` and sends again. Default: 16.</summary>
    public int MaxWriting { get; set; } = 16;

    /// <summary>How often one that came out of the fallback is redriven by itself when its cause may pass; 0: never. Default: 5.</summary>
    public int MaxRedrives { get; set; } = 5;

    /// <summary>The wait before the first redrive that goes by itself, in seconds; it doubles with each. Default: 60.</summary>
    public double FirstRedriveSeconds { get; set; } = 60;

    /// <summary>The longest wait between two of them, in seconds. Default: 3,600.</summary>
    public double LongestRedriveSeconds { get; set; } = 3_600;

    internal string? Fault() =>
        AlarmDepth < 1 ? $"{Section}:AlarmDepth is {AlarmDepth}; it takes 1 or more."
        : MaxWriting is < 1 or > 1_000 ? $"{Section}:MaxWriting is {MaxWriting}; it takes 1 to 1000."
        : MaxRedrives is < 0 or > 100 ? $"{Section}:MaxRedrives is {MaxRedrives}; it takes 0 to 100."
        : FirstRedriveSeconds is not (>= 1 and <= 86_400) ? $"{Section}:FirstRedriveSeconds is {FirstRedriveSeconds}; it takes 1 to 86400."
        : !(LongestRedriveSeconds >= FirstRedriveSeconds && LongestRedriveSeconds <= 604_800) ? $"{Section}:LongestRedriveSeconds is {LongestRedriveSeconds}; it takes FirstRedriveSeconds to 604800."
        : null;
}
