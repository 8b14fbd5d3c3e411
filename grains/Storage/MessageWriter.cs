using System.Threading.Channels;
using Chat.Grains.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Polly;
using Polly.CircuitBreaker;

namespace Chat.Grains.Storage;

/// <summary>Group commit: merges what the conversations of this silo have waiting into one append. A lane has one append in flight; what arrives meanwhile is
/// the next one, and nothing lingers when it is idle. A conversation always uses the same lane and hands over its next entries only when it knows what became of
/// the last, so its order holds. It stops after the grains, so that their last entries are committed.</summary>
internal sealed partial class MessageWriter : ILifecycleParticipant<ISiloLifecycle>
{
    // Short, because one success in it keeps the breaker closed.
    private static readonly TimeSpan BreakerWindow = TimeSpan.FromSeconds(2);

    private readonly IMessageLog _log;
    private readonly MessageWriterOptions _options;
    private readonly ChatInstruments _instruments;
    private readonly ILogger<MessageWriter> _logger;
    private readonly Channel<PendingAppend>[] _lanes;
    private readonly ResiliencePipeline _breaker;
    private Task _running = Task.CompletedTask;

    public MessageWriter(
        IMessageLog log, LogHealth health, IOptions<MessageWriterOptions> options, TimeProvider time, ChatInstruments instruments, ILogger<MessageWriter> logger)
    {
        _log = log;
        _options = options.Value;
        _instruments = instruments;
        _logger = logger;
        _lanes = new Channel<PendingAppend>[_options.Lanes];
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            _lanes[lane] = Channel.CreateBounded<PendingAppend>(new BoundedChannelOptions(_options.MaxWaiting) { SingleReader = true });
        }

        _breaker = Breaker(health, time);
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(MessageWriter), ServiceLifecycleStage.ApplicationServices, Start, Stop);

    /// <summary>Appends one conversation's next entries: numbered, contiguous, ascending. Until their commit begins, more may be added to them.</summary>
    public ValueTask<AppendOutcome> Append(PendingAppend append)
    {
        var lane = _lanes[(uint)append.ConversationId.GetHashCode() % (uint)_lanes.Length];
        return lane.Writer.TryWrite(append)
            ? new ValueTask<AppendOutcome>(append.Task)
            : new ValueTask<AppendOutcome>(new AppendOutcome.NotSent(lane.Reader.Completion.IsCompleted ? RefusalCode.Unavailable : RefusalCode.Overloaded));
    }

    internal Task Start(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => Run(lane.Reader), CancellationToken.None)));
        return Task.CompletedTask;
    }

    internal Task Stop(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            lane.Writer.TryComplete();
        }

        return _running.WaitAsync(cancellationToken);
    }

    private async Task Run(ChannelReader<PendingAppend> lane)
    {
        var group = new List<PendingAppend>();
        while (await lane.WaitToReadAsync())
        {
            var entries = 0;
            while (entries < _options.MaxEntries && lane.TryRead(out var append))
            {
                group.Add(append);
                entries += append.Take().Count;
            }

            if (!await Commit(group))
            {
                RefuseWaiting(lane);
            }

            group.Clear();
        }
    }

    /// <summary>After an outage nobody who waited for it waits for another one: these were never sent.</summary>
    private static void RefuseWaiting(ChannelReader<PendingAppend> lane)
    {
        while (lane.TryRead(out var append))
        {
            append.Take();
            append.Complete(new AppendOutcome.NotSent(RefusalCode.Unavailable));
        }
    }

    /// <summary>Every append of the group has its outcome when this returns; it never throws. False when the log did not answer.</summary>
    private async Task<bool> Commit(IReadOnlyList<PendingAppend> group)
    {
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
            return await Isolate(group, poison);
        }
        catch (BrokenCircuitException)
        {
            return CompleteAll(group, new AppendOutcome.NotSent(RefusalCode.Unavailable));
        }
        catch (LogUnavailableException outage)
        {
            LogOutage(_logger, outage.Message, group.Count);
            return CompleteAll(group, AppendOutcome.Unknown.Instance);
        }
        catch (Exception bug)
        {
            // Not classified by the store: the outcome is unknown, and an unknown outcome is never given up.
            LogUnclassified(_logger, bug, group.Count);
            return CompleteAll(group, AppendOutcome.Unknown.Instance);
        }
    }

    private ValueTask<IReadOnlyDictionary<Guid, AppendResult>> Write(IReadOnlyList<LogEntry> entries) =>
        _breaker.ExecuteAsync(
            static async (work, _) =>
            {
                var results = await work.Writer._log.Append(work.Entries);
                work.Writer._instruments.OnCommitted(work.Entries.Count);
                return results;
            },
            (Writer: this, Entries: entries));

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

    /// <summary>Bisection: the halves go again until the poison stands alone.</summary>
    private async Task<bool> Isolate(IReadOnlyList<PendingAppend> group, PoisonEntryException poison)
    {
        if (group.Count > 1)
        {
            var half = group.Count / 2;
            return await Commit([.. group.Take(half)]) & await Commit([.. group.Skip(half)]);
        }

        var append = group[0];
        if (append.Entries.Count == 1)
        {
            LogPoison(_logger, append.Entries[0].Event.MessageId, poison.Message);
            _instruments.OnPoison();
            append.Complete(new AppendOutcome.Poisoned(0, poison.Message));
            return true;
        }

        var outcome = await Bisect(append.Entries);
        append.Complete(outcome);
        return outcome is not AppendOutcome.Unknown;
    }

    private async Task<AppendOutcome> Bisect(IReadOnlyList<LogEntry> entries)
    {
        var committed = 0;
        while (committed < entries.Count)
        {
            var part = new PendingAppend([.. entries.Skip(committed).Take(Math.Max(1, (entries.Count - committed) / 2))]);
            await Commit([part]);
            switch (await part.Task)
            {
                case AppendOutcome.Committed:
                    committed += part.Entries.Count;
                    break;
                case AppendOutcome.Poisoned poisoned:
                    return poisoned with { Before = committed + poisoned.Before };
                case var other:
                    // An outage on the way: the conversation sends all of it again and the guard says what was committed.
                    return committed == 0 ? other : AppendOutcome.Unknown.Instance;
            }
        }

        return AppendOutcome.Committed.Instance;
    }

    private static bool CompleteAll(IReadOnlyList<PendingAppend> group, AppendOutcome outcome)
    {
        foreach (var append in group)
        {
            append.Complete(outcome);
        }

        return false;
    }

    private ResiliencePipeline Breaker(LogHealth health, TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<LogUnavailableException>(),
                FailureRatio = 1,
                MinimumThroughput = _options.BreakerFailures,
                SamplingDuration = BreakerWindow,
                BreakDuration = TimeSpan.FromMilliseconds(_options.BreakerOpenMs),
                OnOpened = opened =>
                {
                    health.OnDown(opened.Outcome.Exception?.Message ?? "The log does not answer.");
                    return default;
                },
                OnClosed = _ =>
                {
                    health.OnBack();
                    return default;
                },
            })
            .Build();

    [LoggerMessage(LogLevel.Warning, "The log does not answer ({Reason}): the outcome of {Appends} appends is unknown, they go again.")]
    private static partial void LogOutage(ILogger logger, string reason, int appends);

    [LoggerMessage(LogLevel.Error, "An append of {Appends} conversations failed in a way that is not known; they go again.")]
    private static partial void LogUnclassified(ILogger logger, Exception exception, int appends);

    [LoggerMessage(LogLevel.Error, "The log reports a repeated idempotency key that none of {Appends} appends has; they go again.")]
    private static partial void LogKeyNotFound(ILogger logger, int appends);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} will never be stored: {Reason}.")]
    private static partial void LogPoison(ILogger logger, Guid? messageId, string reason);
}
