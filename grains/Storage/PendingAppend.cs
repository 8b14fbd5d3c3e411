namespace Chat.Grains.Storage;

/// <summary>One conversation's next entries on their way into the log. They grow until the writer takes them for a commit, and never change after it: a conversation
/// that is busy while another commit is in flight waits once, not twice.</summary>
internal sealed class PendingAppend(IEnumerable<LogEntry> entries) : TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly List<LogEntry> _entries = [.. entries];
    private bool _taken;

    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>How often it failed by itself in a way that is not known.</summary>
    public int Attempts { get; set; }

    /// <summary>When it did so first.</summary>
    public long FailedAt { get; set; }

    /// <summary>It was sent, and perhaps it is in the log.</summary>
    public bool IsUnsure { get; set; }

    /// <summary>Of another one that is being bisected, and waited for.</summary>
    public bool IsPart { get; init; }

    public Guid ConversationId => _entries[0].Event.ConversationId;

    /// <summary>Adds what <paramref name="more"/> gives, which is called only while there is still time.</summary>
    public bool TryExtend(Func<IEnumerable<LogEntry>> more)
    {
        lock (_entries)
        {
            if (!_taken)
            {
                _entries.AddRange(more());
            }

            return !_taken;
        }
    }

    /// <summary>For a commit: from now on the entries stand.</summary>
    public IReadOnlyList<LogEntry> Take()
    {
        lock (_entries)
        {
            _taken = true;
            return _entries;
        }
    }

    /// <summary>It is not sent now.</summary>
    public void Refuse() => Complete(IsUnsure ? AppendOutcome.Unknown.Instance : new AppendOutcome.NotSent(RefusalCode.Unavailable));

    public void Complete(AppendOutcome outcome) => TrySetResult(outcome);
}
