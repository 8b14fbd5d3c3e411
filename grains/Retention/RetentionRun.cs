using Chat.Grains.Storage;
using Chat.Retention;
using Microsoft.Extensions.Options;

namespace Chat.Grains.Retention;

/// <summary>One run: survey, decide, purge, then batch by batch: read, archive, delete. What is killed anywhere leaves every log whole: an entry is deleted only when the
/// file that has it is on the disk, and a log loses entries only from its beginning on. Killed between the two, the next run archives the same entries once more.</summary>
internal sealed class RetentionRun(
    PostgresRetentionStore store, PostgresRetentionRecords records, IOptions<RetentionOptions> options, TimeProvider time)
{
    private const int Page = 500;
    private const int MaxAttempts = 3;

    // Below this it is not the size that makes a statement slow.
    private const int SmallestPart = 50;

    private readonly RetentionOptions _options = options.Value;

    /// <param name="request">As it was asked for; a forced run skips the checks of clock and share.</param>
    /// <param name="onTrimmed">Told after each commit which entries are gone.</param>
    /// <param name="stop">Ends it between two batches.</param>
    public async Task<RetentionReport> Execute(
        RetentionReport begun, RunRetention request, Func<IReadOnlyList<LogRange>, Task> onTrimmed, CancellationToken stop)
    {
        var run = new State(begun, new RetentionTally(), onTrimmed, stop);
        var lastRunAt = await records.LastRunAt();
        await records.Begin(begun);
        var (outcome, reason) = await Attempt(run, request, lastRunAt);
        var report = run.Report(outcome, reason, RetentionRules.Moment(time.GetUtcNow()));
        await records.Save(report);
        return report;
    }

    private async Task<(RunOutcome Outcome, string? Reason)> Attempt(State run, RunRetention request, DateTimeOffset? lastRunAt)
    {
        try
        {
            await Survey(run);
            if (!request.Force && RetentionRules.Refusal(run.Begun.StartedAt, lastRunAt, run.Tally.DueRows, run.Tally.LogRows, _options) is { } refusal)
            {
                return (RunOutcome.Refused, refusal);
            }

            var kept = RetentionRules.KeepsEntries(_options);
            if (request.DryRun)
            {
                await Foretell(run, keepsEntries: kept is not null);
            }
            else
            {
                await Purge(run);
                if (kept is null)
                {
                    await Trim(run);
                }
            }

            return kept is null ? (RunOutcome.Completed, null) : (RunOutcome.Refused, kept);
        }
        catch (ArchiveFailedException failed)
        {
            return (RunOutcome.Failed, failed.Message);
        }
        catch (LogUnavailableException outage)
        {
            return (RunOutcome.Failed, outage.Message);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            return (RunOutcome.Interrupted, null);
        }
    }

    private async Task Survey(State run)
    {
        await foreach (var log in Logs(run))
        {
            run.Tally.LogRows += log.Head - log.Due.After;
            if (log.Due.Count > 0)
            {
                run.Tally.DueRows += log.Held ? 0 : log.Due.Count;
                run.Tally.Conversations += log.Held ? 0 : 1;
                run.Tally.HeldConversations += log.Held ? 1 : 0;
            }
        }
    }

    private async IAsyncEnumerable<SurveyedLog> Logs(State run)
    {
        var after = Guid.Empty;
        while (await store.Survey(after, Page, run.Begun.CutOff) is { Length: > 0 } page)
        {
            foreach (var log in page)
            {
                run.Stop.ThrowIfCancellationRequested();
                yield return log.MayGoOn && !log.Held ? log with { Due = await ToItsEnd(log.Due, run) } : log;
            }

            after = page[^1].Due.ConversationId;
        }
    }

    private async Task<LogRange> ToItsEnd(LogRange due, State run)
    {
        for (var mayGoOn = true; mayGoOn;)
        {
            run.Stop.ThrowIfCancellationRequested();
            (var through, mayGoOn) = await store.DueThrough(due.ConversationId, due.Through, run.Begun.CutOff);
            due = due with { Through = through };
        }

        return due;
    }

    private async Task Foretell(State run, bool keepsEntries)
    {
        run.Tally.PurgedContents = await store.CountUnpurged(run.Begun.PurgeCutOff);
        if (!keepsEntries)
        {
            run.Tally.DeletedRows = run.Tally.DueRows;
            run.Tally.ArchivedRows = _options.Archive ? run.Tally.DueRows : 0;
            run.Tally.ArchiveFiles = _options.Archive ? (int)((run.Tally.DueRows + _options.BatchSize - 1) / _options.BatchSize) : 0;
        }
    }

    private async Task Purge(State run)
    {
        var limit = _options.BatchSize;
        for (long? purged = null; purged != 0;)
        {
            run.Stop.ThrowIfCancellationRequested();
            purged = await store.Purge(run.Begun.PurgeCutOff, limit);
            run.Tally.PurgedContents += purged ?? 0;
            limit = purged is null ? Halved(limit) : limit;
            await Pause(run);
        }
    }

    private async Task Trim(State run)
    {
        var archive = _options.Archive ? new RetentionArchive(_options.ArchiveFolder) : null;
        archive?.DiscardUnfinished();
        var batch = new RetentionBatch(_options.BatchSize);
        await foreach (var log in Logs(run))
        {
            for (var rest = log.Held ? log.Due with { Through = log.Due.After } : log.Due; rest.Count > 0;)
            {
                rest = batch.Take(rest);
                if (batch.IsFull)
                {
                    await Trim(run, batch.Ranges, archive);
                    batch = new RetentionBatch(_options.BatchSize);
                }
            }
        }

        if (batch.Count > 0)
        {
            await Trim(run, batch.Ranges, archive);
        }
    }

    private async Task Trim(State run, IReadOnlyList<LogRange> ranges, RetentionArchive? archive)
    {
        for (var attempt = 1; ranges.Count > 0; attempt++)
        {
            run.Stop.ThrowIfCancellationRequested();
            if (attempt > MaxAttempts)
            {
                throw new LogUnavailableException("Entries kept changing while they were archived.");
            }

            var entries = await store.Read(ranges, archive, RetentionArchive.NameOf(run.Begun.Id, run.Tally.ArchiveFiles + 1));
            if (archive is not null)
            {
                run.Tally.ArchivedRows += entries.Length;
                run.Tally.ArchiveFiles++;
            }

            var left = await Delete(run, entries);
            ranges = left.Count == 0 ? left : await WithoutHeld(left);
            await Pause(run);
        }
    }

    /// <summary>Answers what could not be deleted as it was read.</summary>
    private async Task<IReadOnlyList<LogRange>> Delete(State run, ReadEntry[] entries)
    {
        var size = entries.Length;
        for (var done = 0; done < entries.Length;)
        {
            var part = entries[done..Math.Min(done + size, entries.Length)];
            var result = await store.Trim(part);
            if (result is TrimResult.Trimmed)
            {
                done += part.Length;
                run.Tally.DeletedRows += part.Length;
                await run.OnTrimmed(RangesOf(part));
            }
            else if (result is TrimResult.TooSlow)
            {
                size = Halved(size);
                await Pause(run);
            }
            else
            {
                return RangesOf(entries[done..]);
            }
        }

        return [];
    }

    private async Task<IReadOnlyList<LogRange>> WithoutHeld(IReadOnlyList<LogRange> ranges)
    {
        var held = await records.HeldAmong(ranges.Select(r => r.ConversationId).ToArray());
        return ranges.Where(r => !held.Contains(r.ConversationId)).ToArray();
    }

    private static LogRange[] RangesOf(ReadEntry[] entries) =>
        entries.GroupBy(e => e.ConversationId).Select(g => new LogRange(g.Key, g.First().Sequence - 1, g.Last().Sequence)).ToArray();

    private static int Halved(int size) =>
        size > SmallestPart ? Math.Max(size / 2, SmallestPart) : throw new LogUnavailableException("Deleting takes longer than locks may be held, however few entries go at once.");

    private Task Pause(State run) => _options.PauseMs == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(_options.PauseMs), time, run.Stop);

    private sealed record State(RetentionReport Begun, RetentionTally Tally, Func<IReadOnlyList<LogRange>, Task> OnTrimmed, CancellationToken Stop)
    {
        public RetentionReport Report(RunOutcome outcome, string? reason, DateTimeOffset endedAt) => Begun with
        {
            Outcome = outcome,
            Reason = reason,
            EndedAt = endedAt,
            LogRows = Tally.LogRows,
            DueRows = Tally.DueRows,
            Conversations = Tally.Conversations,
            HeldConversations = Tally.HeldConversations,
            ArchivedRows = Tally.ArchivedRows,
            ArchiveFiles = Tally.ArchiveFiles,
            DeletedRows = Tally.DeletedRows,
            PurgedContents = Tally.PurgedContents,
        };
    }
}
