namespace Chat.Grains.Retention;

/// <summary>When retention may run, and what is due then.</summary>
internal static class RetentionRules
{
    public const string ClockWentBack = "clock_went_back";
    public const string ShareExceeded = "share_exceeded";
    public const string NoArchiveFolder = "no_archive_folder";

    // A start has other things to do.
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);

    /// <summary>What Postgres keeps of a time.</summary>
    public static DateTimeOffset Moment(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    public static DateTimeOffset CutOff(DateTimeOffset now, double days) => now - TimeSpan.FromDays(days);

    /// <summary>Why nothing at all may go; null when it may.</summary>
    /// <param name="lastRunAt">When the last run that was let through began or ended; a clock that says less is wrong, or was.</param>
    public static string? Refusal(DateTimeOffset now, DateTimeOffset? lastRunAt, long due, long total, RetentionOptions options) =>
        now < lastRunAt ? ClockWentBack
        : due > total * options.MaxShare ? ShareExceeded
        : null;

    /// <summary>Why entries may not be deleted, though deleted content may be purged.</summary>
    public static string? KeepsEntries(RetentionOptions options) => options.Archive && options.ArchiveFolder.Length == 0 ? NoArchiveFolder : null;

    /// <summary>How long until the next run: restarts must neither put it off for ever nor bring it on.</summary>
    public static TimeSpan NextRun(DateTimeOffset now, DateTimeOffset? lastRunAt, TimeSpan period)
    {
        var due = lastRunAt + period - now ?? AfterStart;
        return due < AfterStart ? AfterStart : due > period ? period : due;
    }
}
