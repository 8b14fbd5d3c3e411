namespace Chat.Grains.Retention;

/// <summary>Settings under `Chat:Retention`.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Chat:Retention";

    /// <summary>Whether it runs by itself; operators can start it all the same. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How often it runs by itself, in hours. Default: 24.</summary>
    public double PeriodHours { get; set; } = 24;

    /// <summary>How long an entry of a log is kept, in days. Default: 90.</summary>
    public double KeepDays { get; set; } = 90;

    /// <summary>How long the content of a deleted message is kept, in days. Default: 7.</summary>
    public double PurgeDeletedDays { get; set; } = 7;

    /// <summary>Whether entries are archived before they are deleted. Off: what is deleted is gone. Default: true.</summary>
    public bool Archive { get; set; } = true;

    /// <summary>Where archives are written. Without one, and with `Archive` on, nothing is deleted. Default: none.</summary>
    public string ArchiveFolder { get; set; } = "";

    /// <summary>Most entries in one archive file and in one transaction that deletes. Default: 5,000.</summary>
    public int BatchSize { get; set; } = 5_000;

    /// <summary>The longest a statement that deletes may take and hold its locks, in milliseconds; one that takes longer is undone and goes again in halves. Default: 200.</summary>
    public int MaxLockMs { get; set; } = 200;

    /// <summary>The pause after each batch, which others have the database for, in milliseconds. Default: 50.</summary>
    public int PauseMs { get; set; } = 50;

    /// <summary>A run that would take more than this share of all entries refuses, unless forced. Default: 0.2.</summary>
    public double MaxShare { get; set; } = 0.2;

    /// <summary>The longest a query of a run may take, in milliseconds. Default: 30,000.</summary>
    public int QueryDeadlineMs { get; set; } = 30_000;

    /// <summary>How long an operator's call waits for the end of the run it started, in milliseconds. Default: 5,000.</summary>
    public int WaitMs { get; set; } = 5_000;

    internal string? Fault() =>
        PeriodHours is not (>= 0.1 and <= 1_000) ? $"{Section}:PeriodHours is {PeriodHours}; it takes 0.1 to 1000."
        : KeepDays is not (>= 1 and <= 36_500) ? $"{Section}:KeepDays is {KeepDays}; it takes 1 to 36500."
        : PurgeDeletedDays is not (>= 0 and <= 36_500) ? $"{Section}:PurgeDeletedDays is {PurgeDeletedDays}; it takes 0 to 36500."
        : ArchiveFolder.Length > 0 && !Path.IsPathFullyQualified(ArchiveFolder) ? $"{Section}:ArchiveFolder is {ArchiveFolder}; it takes a full path."
        : BatchSize is < 1 or > 50_000 ? $"{Section}:BatchSize is {BatchSize}; it takes 1 to 50000."
        : MaxLockMs is < 10 or > 10_000 ? $"{Section}:MaxLockMs is {MaxLockMs}; it takes 10 to 10000."
        : PauseMs is < 0 or > 60_000 ? $"{Section}:PauseMs is {PauseMs}; it takes 0 to 60000."
        : MaxShare is not (> 0 and <= 1) ? $"{Section}:MaxShare is {MaxShare}; it takes more than 0, up to 1."
        : QueryDeadlineMs is < 1_000 or > 600_000 ? $"{Section}:QueryDeadlineMs is {QueryDeadlineMs}; it takes 1000 to 600000."
        : WaitMs is < 0 or > 8_000 ? $"{Section}:WaitMs is {WaitMs}; it takes 0 to 8000."
        : null;
}
