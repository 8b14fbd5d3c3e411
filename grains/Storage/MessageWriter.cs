using System.Threading.Channels;
using Chat.Grains.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Storage;

/// <summary>Group commit: merges what the conversations of this silo have waiting into one append. A lane has one append in flight; what arrives meanwhile is
/// the next one, and nothing lingers when it is idle. A conversation always uses the same lane and hands over its next entries only when it knows what became of
/// the last, so its order holds. It stops after the grains, so that their last entries are committed.</summary>
internal sealed partial class MessageWriter : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly IMessageLog _log;
    private readonly LogHealth _health;
    private readonly TimeProvider _time;
    private readonly MessageWriterOptions _options;
    private readonly ChatInstruments _instruments;
    private readonly ILogger<MessageWriter> _logger;
    private readonly Channel<PendingAppend>[] _lanes;
    private readonly CancellationTokenSource _stopping = new();
    private long _committedAt;
    private Task _running = Task.CompletedTask;
    private Task _probing = Task.CompletedTask;

    public MessageWriter(
        IMessageLog log, LogHealth health, IOptions<MessageWriterOptions> options, TimeProvider time, ChatInstruments instruments, ILogger<MessageWriter> logger)
    {
        _log = log;
        _health = health;
        _time = time;
        _options = options.Value;
        _instruments = instruments;
        _logger = logger;
        _lanes = new Channel<PendingAppend>[_options.Lanes];
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            _lanes[lane] = Channel.CreateBounded<PendingAppend>(new BoundedChannelOptions(_options.MaxWaiting) { SingleReader = true });
        }
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(MessageWriter), ServiceLifecycleStage.ApplicationServices, Start, Stop);

    /// <summary>Appends one conversation's next entries: numbered, contiguous, ascending. Until their commit begins, more may be added to them.</summary>
    public ValueTask<AppendOutcome> Append(PendingAppend append)
    {
        if (_health.IsDown)
        {
            return new ValueTask<AppendOutcome>(new AppendOutcome.NotSent(RefusalCode.Unavailable));
        }

        var lane = LaneOf(append);
        return lane.Writer.TryWrite(append)
            ? new ValueTask<AppendOutcome>(append.Task)
            : new ValueTask<AppendOutcome>(new AppendOutcome.NotSent(lane.Reader.Completion.IsCompleted ? RefusalCode.Unavailable : RefusalCode.Overloaded));
    }

    internal Task Start(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => Run(lane.Reader), CancellationToken.None)));
        _probing = Task.Run(Probe, CancellationToken.None);
        return Task.CompletedTask;
    }

    internal async Task Stop(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            lane.Writer.TryComplete();
        }

        await _running.WaitAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _probing.WaitAsync(cancellationToken);
    }

    private Channel<PendingAppend> LaneOf(PendingAppend append) => _lanes[(uint)append.ConversationId.GetHashCode() % (uint)_lanes.Length];

    private async Task Run(ChannelReader<PendingAppend> lane)
    {
        var group = new List<PendingAppend>();
        var suspects = new Queue<PendingAppend>();
        while (suspects.Count > 0 || await lane.WaitToReadAsync())
        {
            Gather(lane, group, suspects);
            if (group.Count > 0 && !await Commit(group))
            {
                RefuseWaiting(lane);
            }

            // What has failed before goes alone, and one at a time: others are not held up by it.
            if (suspects.TryDequeue(out var suspect))
            {
                await Commit([suspect]);
            }

            group.Clear();
        }
    }

    private void Gather(ChannelReader<PendingAppend> lane, List<PendingAppend> group, Queue<PendingAppend> suspects)
    {
        var entries = 0;
        while (entries < _options.MaxEntries && lane.TryRead(out var append))
        {
            if (append.Attempts > 0)
            {
                suspects.Enqueue(append);
            }
            else
            {
                group.Add(append);
                entries += append.Take().Count;
            }
        }
    }

    /// <summary>After an outage nobody who waited for it waits for another one: these were never sent.</summary>
    private static void RefuseWaiting(ChannelReader<PendingAppend> lane)
    {
        while (lane.TryRead(out var append))
        {
            append.Take();
            append.Refuse();
        }
    }

    /// <summary>Every append of the group has its outcome when this returns; it never throws. False when the log did not answer.</summary>
    private async Task<bool> Commit(IReadOnlyList<PendingAppend> group)
    {
        if (_health.IsDown)
        {
            foreach (var append in group)
            {
                append.Refuse();
            }

            return false;
        }

        try
        {
            var entries = group.Count == 1 ? group[0].Entries : [.. group.SelectMany(a => a.Entries)];
            var results = await Write(entries);
            foreach (var append in group)
            {
                append.Complete(results[append.ConversationId] == AppendResult.Committed ? AppendOutcome.Committed.Instance : AppendOutcome.Refused.Instance);
            }

            return true;
        }
        catch (RepeatedKeyException repeated)
        {
            return await CommitWithout(group, repeated);
        }
        catch (PoisonEntryException poison)
        {
            return await Isolate(group, poison.Message);
        }
        catch (LogUnavailableException busy) when (busy.IsContention)
        {
            LogOutage(_logger, busy.Message, group.Count);
            if (group.Count > 1)
            {
                // Rolled back, because somebody holds one of these conversations. The others go without it.
                return await CommitParts(group);
            }

            group[0].Complete(AppendOutcome.Unknown.Instance);
            return true;
        }
        catch (LogUnavailableException outage)
        {
            LogOutage(_logger, outage.Message, group.Count);
            return CompleteAll(group, AppendOutcome.Unknown.Instance);
        }
        catch (Exception unclassified)
        {
            return await TryAgain(group, unclassified);
        }
    }

    private async Task<IReadOnlyDictionary<Guid, AppendResult>> Write(IReadOnlyList<LogEntry> entries)
    {
        try
        {
            var results = await _log.Append(entries);
            Volatile.Write(ref _committedAt, _time.GetTimestamp());
            _health.OnCommitted();
            _instruments.OnCommitted(entries.Count);
            return results;
        }
        catch (LogUnavailableException outage) when (!outage.IsContention)
        {
            _health.OnOutage();
            throw;
        }
    }

    private async Task<bool> CommitWithout(IReadOnlyList<PendingAppend> group, RepeatedKeyException repeated)
    {
        var stored = repeated.Stored.ToLookup(e => e.Event.ConversationId);
        var rest = new List<PendingAppend>(group.Count);
        foreach (var append in group)
        {
            if (stored.Contains(append.ConversationId))
            {
                append.Complete(new AppendOutcome.Repeated([.. stored[append.ConversationId]]));
            }
            else
            {
                rest.Add(append);
            }
        }

        if (rest.Count == group.Count)
        {
            LogKeyNotFound(_logger, group.Count);
            return CompleteAll(group, AppendOutcome.Unknown.Instance);
        }

        return rest.Count == 0 || await Commit(rest);
    }

    private static bool CompleteAll(IReadOnlyList<PendingAppend> group, AppendOutcome outcome)
    {
        foreach (var append in group)
        {
            append.Complete(outcome);
        }

        return false;
    }
}
