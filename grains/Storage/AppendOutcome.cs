namespace Chat.Grains.Storage;

/// <summary>What became of the entries one conversation handed to the <see cref="MessageWriter"/>.</summary>
internal abstract record AppendOutcome
{
    /// <summary>All are in the log.</summary>
    public sealed record Committed : AppendOutcome
    {
        public static readonly Committed Instance = new();
    }

    /// <summary>The head was elsewhere; nothing was written by this call. It may have been written by an earlier one whose answer was lost.</summary>
    public sealed record Refused : AppendOutcome
    {
        public static readonly Refused Instance = new();
    }

    /// <summary>These idempotency keys are in the log already; nothing was written.</summary>
    public sealed record Repeated(IReadOnlyList<LogEntry> Stored) : AppendOutcome;

    /// <summary>The first <paramref name="Before"/> entries are in the log, the next one will never be, those behind it were not written.</summary>
    /// <param name="MayPass">Nobody knows why: it has failed <paramref name="Attempts"/> times, and may be taken another day.</param>
    public sealed record Poisoned(int Before, string Reason, int Attempts = 1, bool MayPass = false) : AppendOutcome;

    /// <summary>Nothing was sent: the breaker is open, or the lane is full or closed.</summary>
    public sealed record NotSent(RefusalCode Why) : AppendOutcome;

    /// <summary>Sent, and no answer: the same entries, with the same sequences and ids, must be sent again until there is one.</summary>
    public sealed record Unknown : AppendOutcome
    {
        public static readonly Unknown Instance = new();
    }
}
