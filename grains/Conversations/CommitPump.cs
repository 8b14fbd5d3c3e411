using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Takes a conversation's pending entries into the log, one commit at a time.
/// <para>What arrives while a commit is in flight waits and forms the next batch. A batch is numbered in synchronous blocks, from the head on, and grows until the writer
/// takes it. From that moment its pairs of sequence and message id are frozen until the outcome is known: an unknown outcome is resolved by sending the same batch again.
/// The guard of the log lets exactly one of them in. A refused guard means either that the batch is in the log already (its answer was lost), or that another owner
/// writes this conversation: then this one is fenced and ends. While an outcome is unknown nothing is taken; the messages of the frozen batch and those behind it are
/// given to the caller, who may hold them under the ids they have, or says `unavailable`.</para>
/// <para>It runs in the turns of its grain and needs no lock.</para></summary>
internal sealed class CommitPump(
    ConversationLedger ledger,
    MessageWriter writer,
    IMessageLog log,
    ConversationOptions options,
    TimeProvider time,
    Action<IReadOnlyList<LogEntry>> onCommitted,
    Action<PendingEntry, LogEntry, AppendOutcome.Poisoned> onPoisoned,
    Action<IReadOnlyList<PendingMessage>, Refusal> onOutage,
    Action onFenced)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);
    private static readonly Refusal NotNow = Refusal.Unavailable("Messages cannot be stored right now.", 1);

    private readonly List<PendingEntry> _waiting = [];
    private readonly Dictionary<(Guid Sender, string Key), PendingMessage> _keysOfBatch = [];
    private List<(PendingEntry Pending, LogEntry Entry)> _batch = [];
    private PendingAppend? _growing;

    /// <summary>Completes when nothing waits and nothing is in flight.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>The activation ends, or another owner writes the conversation.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The outcome of a batch is not known: nothing can be stored until it is.</summary>
    public bool IsUnresolved { get; private set; }

    /// <summary>Why nothing can be added now; null when it can.</summary>
    public Refusal? Closed =>
        IsUnresolved || IsEnded ? Unavailable
        : _waiting.Count >= options.MaxWaiting ? Refusal.Overloaded("Too many messages wait in this conversation.", options.RetryAfterMs)
        : null;

    private Refusal Unavailable => NotNow with { RetryAfterMs = options.RetryAfterMs };

    public void Add(PendingEntry entry)
    {
        if (entry is PendingMessage message)
        {
            message.IsInPump = true;
        }

        _waiting.Add(entry);
    }

    /// <summary>The message of the batch in flight with this key.</summary>
    public PendingMessage? FindInFlight(Guid sender, string key) => _keysOfBatch.GetValueOrDefault((sender, key));

    /// <summary>Call it when everything that belongs together was added.</summary>
    public void Start()
    {
        if (Running.IsCompleted)
        {
            Running = Run();
        }
        else if (_growing?.TryExtend(FillBatch) == false)
        {
            _growing = null;
        }
    }

    /// <summary>The activation ends: what is in flight may finish, an outcome that stays unknown is left to the next owner, who reads it from the log.</summary>
    public Task End(CancellationToken cancellationToken)
    {
        IsEnded = true;
        return Running.WaitAsync(cancellationToken);
    }

    private async Task Run()
    {
        while (_waiting.Count > 0)
        {
            _batch = new List<(PendingEntry, LogEntry)>(Math.Min(_waiting.Count, options.MaxBatch));
            _keysOfBatch.Clear();
            var entries = FillBatch();
            if (entries.Length > 0)
            {
                await Commit(_batch, new PendingAppend(entries));
            }
        }
    }

    /// <summary>What waits takes the places behind what the batch has already.</summary>
    /// <returns>What came to the batch.</returns>
    private LogEntry[] FillBatch()
    {
        var now = Milliseconds(time.GetUtcNow());
        var before = _batch.Count;
        var taken = 0;
        while (taken < _waiting.Count && _batch.Count < options.MaxBatch && MayJoin(_waiting[taken]))
        {
            var pending = _waiting[taken++];
            if (pending is PendingMessage message && IsKnown(message))
            {
                continue;
            }

            var answer = pending.Decide(ledger, ledger.Head + 1 + _batch.Count, now);
            if (!answer.Ok)
            {
                pending.OnRefused(answer.Refusal);
                continue;
            }

            _batch.Add((pending, answer.Value));
            if (pending is PendingMessage accepted)
            {
                // Only now: whoever joins it must get an answer with it.
                _keysOfBatch.Add((accepted.SenderId, accepted.Key), accepted);
            }
        }

        _waiting.RemoveRange(0, taken);
        return EntriesOf(_batch, before);
    }

    // A change is decided on what is committed: it goes alone.
    private bool MayJoin(PendingEntry pending) => _batch.Count == 0 || (pending is not PendingChange && _batch[0].Pending is not PendingChange);

    private static LogEntry[] EntriesOf(List<(PendingEntry Pending, LogEntry Entry)> batch, int from = 0)
    {
        var entries = new LogEntry[batch.Count - from];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = batch[from + i].Entry;
        }

        return entries;
    }

    private bool IsKnown(PendingMessage message)
    {
        if (ledger.FindKey(message.SenderId, message.Key) is { } stored)
        {
            message.OnRepeated(stored);
            return true;
        }

        if (_keysOfBatch.TryGetValue((message.SenderId, message.Key), out var first))
        {
            // Held before, it has to come again should the first one never get there.
            message.IsInPump = false;
            first.Join(message);
            return true;
        }

        return false;
    }

    private async Task Commit(List<(PendingEntry Pending, LogEntry Entry)> batch, PendingAppend append)
    {
        for (var backoff = FirstBackoff; ; backoff = backoff * 2 > MaxBackoff ? MaxBackoff : backoff * 2)
        {
            _growing = IsUnresolved ? null : append;
            var outcome = await writer.Append(append);
            _growing = null;
            var entries = EntriesOf(batch);
            switch (await Resolve(entries, outcome))
            {
                case AppendOutcome.Committed:
                    Settle(batch, batch.Count, null);
                    return;
                case AppendOutcome.Poisoned poisoned:
                    Settle(batch, poisoned.Before, poisoned);
                    return;
                case AppendOutcome.Repeated repeated:
                    SettleRepeated(batch, repeated.Stored);
                    return;
                case AppendOutcome.NotSent notSent when !IsUnresolved:
                    GiveBack(batch, notSent.Why);
                    return;
                case Fenced:
                    EndFenced(batch);
                    return;
                case Prefix prefix:
                    Settle(batch, prefix.Count, null);
                    return;
                default:
                    Freeze(batch);
                    if (IsEnded)
                    {
                        return;
                    }

                    await Task.Delay(backoff, time);
                    append = new PendingAppend(entries);
                    break;
            }
        }
    }

    /// <summary>A refused guard is looked into here, so that the outcome is one of: in the log, in part, fenced, or still unknown.</summary>
    private async Task<AppendOutcome> Resolve(LogEntry[] entries, AppendOutcome outcome)
    {
        if (outcome is not AppendOutcome.Refused && !(outcome is AppendOutcome.Repeated repeated && HoldsOwn(repeated, entries)))
        {
            return outcome;
        }

        try
        {
            var first = entries[0].Event.Sequence!.Value;
            var stored = await log.Read(ledger.Id, first - 1, first + entries.Length, entries.Length, newest: false);
            var same = 0;
            while (same < stored.Length && stored[same].Event.MessageId == entries[same].Event.MessageId)
            {
                same++;
            }

            return same == 0 || same < stored.Length ? new Fenced() : new Prefix(same);
        }
        catch (Exception)
        {
            // Whatever kept the log from answering: the outcome is still unknown, and the batch goes again.
            return AppendOutcome.Unknown.Instance;
        }
    }

    // Found among the repeated keys of its group: this very batch had committed before, and its answer was lost.
    private static bool HoldsOwn(AppendOutcome.Repeated repeated, LogEntry[] entries) =>
        repeated.Stored.Any(s => entries.Any(e => e.Event.MessageId == s.Event.MessageId));

    /// <summary>The first <paramref name="committed"/> entries are in the log; the next one will never be if there is poison; the rest wait again, in front.</summary>
    private void Settle(List<(PendingEntry Pending, LogEntry Entry)> batch, int committed, AppendOutcome.Poisoned? poisoned)
    {
        IsUnresolved = false;
        _keysOfBatch.Clear();
        var entries = new LogEntry[committed];
        for (var i = 0; i < committed; i++)
        {
            entries[i] = batch[i].Entry;
            ledger.Apply(entries[i]);
        }

        for (var i = 0; i < committed; i++)
        {
            batch[i].Pending.OnCommitted(entries[i]);
        }

        var rest = committed;
        if (poisoned is not null)
        {
            var (pending, entry) = batch[rest++];
            onPoisoned(pending, entry, poisoned);
        }

        _waiting.InsertRange(0, batch.Skip(rest).Select(b => b.Pending));
        if (committed > 0)
        {
            onCommitted(entries);
        }
    }

    private void SettleRepeated(List<(PendingEntry Pending, LogEntry Entry)> batch, IReadOnlyList<LogEntry> stored)
    {
        IsUnresolved = false;
        _keysOfBatch.Clear();
        var again = new List<PendingEntry>(batch.Count);
        foreach (var (pending, _) in batch)
        {
            var known = pending is PendingMessage message
                ? stored.FirstOrDefault(s => s.Event.SenderId == message.SenderId && s.Event.ClientMessageId == message.Key)
                : null;
            if (known is null)
            {
                again.Add(pending);
            }
            else
            {
                ((PendingMessage)pending).OnRepeated(known);
            }
        }

        _waiting.InsertRange(0, again);
    }

    /// <summary>Whatever happens next, these pairs of sequence and id are the ones that may be in the log.</summary>
    private void Freeze(List<(PendingEntry Pending, LogEntry Entry)> batch)
    {
        if (!IsUnresolved)
        {
            IsUnresolved = true;
            SetAside(TakeAll(batch, inPump: true));
        }
    }

    /// <summary>Nothing was sent: the batch is none any more.</summary>
    private void GiveBack(List<(PendingEntry Pending, LogEntry Entry)> batch, RefusalCode why)
    {
        var all = TakeAll(batch, inPump: false);
        _keysOfBatch.Clear();
        if (why == RefusalCode.Overloaded)
        {
            all.ForEach(e => e.OnOutage(Refusal.Overloaded("Too many conversations wait for the log.", options.RetryAfterMs)));
        }
        else
        {
            SetAside(all);
        }
    }

    private void SetAside(List<PendingEntry> entries)
    {
        foreach (var change in entries.OfType<PendingChange>())
        {
            change.OnOutage(Unavailable);
        }

        onOutage([.. entries.OfType<PendingMessage>()], Unavailable);
    }

    /// <summary>The batch and what waits behind it, in order; nothing waits afterwards.</summary>
    private List<PendingEntry> TakeAll(List<(PendingEntry Pending, LogEntry Entry)> batch, bool inPump)
    {
        var all = batch.ConvertAll(b => b.Pending);
        all.AddRange(_waiting);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] is PendingMessage message)
            {
                message.IsInPump = inPump && i < batch.Count;
            }
        }

        _waiting.Clear();
        return all;
    }

    private void EndFenced(List<(PendingEntry Pending, LogEntry Entry)> batch)
    {
        IsEnded = true;
        TakeAll(batch, inPump: false).ForEach(e => e.OnOutage(Unavailable));
        onFenced();
    }

    // What clients and Postgres keep of a time without rounding it.
    internal static DateTimeOffset Milliseconds(DateTimeOffset now) => new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    private sealed record Fenced : AppendOutcome;

    private sealed record Prefix(int Count) : AppendOutcome;
}
