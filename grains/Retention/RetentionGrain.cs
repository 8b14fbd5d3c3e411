using Chat.Conversations;
using Chat.Grains.Conversations;
using Chat.Grains.Diagnostics;
using Chat.Grains.Storage;
using Chat.Retention;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Grains.Retention;

/// <summary>One run at a time, in the turns of this grain; others may ask meanwhile. Without Postgres there is nothing to retain.</summary>
[Reentrant, GrainType("retention")]
internal sealed partial class RetentionGrain(
    IOptions<RetentionOptions> options,
    ChatInstruments instruments,
    TimeProvider time,
    ILogger<RetentionGrain> logger,
    RetentionRun? work = null,
    PostgresRetentionRecords? records = null) : Grain, IRetentionGrain, IRemindable
{
    public const string Reminder = "retention";

    private const int ReportsShown = 50;
    private const int HoldsShown = 1_000;
    private const int MaxReason = 500;
    private const int ToldAtOnce = 16;

    private readonly RetentionOptions _options = options.Value;
    private readonly CancellationTokenSource _stopping = new();
    private RunRetention? _request;
    private RetentionReport? _begun;
    private Task<RetentionReport>? _running;

    private static Refusal Outage => Refusal.Unavailable("The database does not answer right now.", retryAfterMs: 1_000);

    private static Refusal NoDatabase => Refusal.Conflict("Retention needs a database; without one nothing is kept.", "needs_postgres");

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_running is { } running)
        {
            await running.WaitAsync(cancellationToken);
        }
    }

    public async Task Schedule()
    {
        if (records is null || !_options.Enabled)
        {
            if (await this.GetReminder(Reminder) is { } set)
            {
                await this.UnregisterReminder(set);
            }

            return;
        }

        var period = TimeSpan.FromHours(_options.PeriodHours);
        await this.RegisterOrUpdateReminder(Reminder, RetentionRules.NextRun(time.GetUtcNow(), await LastRunAt(), period), period);
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_options.Enabled && work is not null)
        {
            await Answered(Start(operatorId: null, new RunRetention(DryRun: false)));
        }
    }

    public async Task<Answer<RetentionReport>> Run(Guid operatorId, RunRetention request)
    {
        if (work is null)
        {
            return NoDatabase;
        }

        if ((request.Force || request.Reason is not null) && CheckReason(request.Reason ?? "") is { } fault)
        {
            return fault;
        }

        return _request is { } other && _running is { IsCompleted: false } && other != request
            ? Refusal.Conflict("Another run is under way.", "already_running")
            : await Answered(Start(operatorId, request));
    }

    public Task<Answer<RetentionReports>> Reports() => Ask(async r => new RetentionReports(await r.Latest(ReportsShown)));

    public async Task<Answer<LegalHold>> Hold(Guid operatorId, Guid conversationId, string reason)
    {
        if (CheckReason(reason) is { } fault)
        {
            return fault;
        }

        var now = RetentionRules.Moment(time.GetUtcNow());
        var hold = new LegalHold(conversationId, reason, operatorId, now);
        return await Ask<LegalHold>(async r => await r.Hold(Guid.CreateVersion7(now), hold) is { } stands ? stands : Refusal.NotFound("conversation"));
    }

    public async Task<Answer<Done>> Release(Guid operatorId, Guid conversationId, string reason)
    {
        if (CheckReason(reason) is { } fault)
        {
            return fault;
        }

        return await Ask<Done>(async r => await r.Release(conversationId, operatorId, reason, time.GetUtcNow()) ? Done.Instance : Refusal.NotFound("hold"));
    }

    public Task<Answer<LegalHolds>> Holds() => Ask(async r => new LegalHolds(await r.Holds(HoldsShown)));

    private static Refusal? CheckReason(string reason) => TextRules.Check(reason, MaxReason, "reason");

    private Task<Answer<T>> Ask<T>(Func<PostgresRetentionRecords, Task<T>> question)
        where T : class => Ask<T>(async r => (Answer<T>)await question(r));

    private async Task<Answer<T>> Ask<T>(Func<PostgresRetentionRecords, Task<Answer<T>>> question)
        where T : class
    {
        try
        {
            return records is null ? NoDatabase : await question(records);
        }
        catch (LogUnavailableException)
        {
            return Outage;
        }
    }

    private async Task<DateTimeOffset?> LastRunAt()
    {
        try
        {
            return await records!.LastRunAt();
        }
        catch (LogUnavailableException)
        {
            // The next start of a silo will know.
            return null;
        }
    }

    private Task<RetentionReport> Start(Guid? operatorId, RunRetention request)
    {
        if (_running is not { IsCompleted: false })
        {
            var now = RetentionRules.Moment(time.GetUtcNow());
            _request = request;
            _begun = new RetentionReport(
                Guid.CreateVersion7(now), RunOutcome.Running, null, request.DryRun, request.Force ? operatorId : null, request.Force ? request.Reason : null,
                now, null, RetentionRules.CutOff(now, _options.KeepDays), RetentionRules.CutOff(now, _options.PurgeDeletedDays), 0, 0, 0, 0, 0, 0, 0, 0);
            _running = Execute(_begun, request);
        }

        return _running;
    }

    private async Task<RetentionReport> Execute(RetentionReport begun, RunRetention request)
    {
        // Nobody may be calling while it runs.
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        try
        {
            var report = await work!.Execute(begun, request, Tell, _stopping.Token);
            LogRun(logger, report.Id, report.Outcome, report.Reason, report.DryRun, report.DueRows, report.ArchivedRows, report.DeletedRows, report.PurgedContents, report.HeldConversations);
            if (report.Outcome is RunOutcome.Refused or RunOutcome.Failed)
            {
                LogNotDone(logger, report.Id, report.Outcome, report.Reason);
            }

            instruments.OnRetention(report.DryRun ? 0 : report.DeletedRows, report.DryRun ? 0 : report.PurgedContents, report.Outcome is RunOutcome.Refused, report.EndedAt!.Value - report.StartedAt);
            return report;
        }
        catch (LogUnavailableException outage)
        {
            LogNotDone(logger, begun.Id, RunOutcome.Failed, outage.Message);
            throw;
        }
        finally
        {
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    /// <summary>The report, or how it stands when that takes too long.</summary>
    private async Task<Answer<RetentionReport>> Answered(Task<RetentionReport> running)
    {
        try
        {
            return await running.WaitAsync(TimeSpan.FromMilliseconds(_options.WaitMs), time);
        }
        catch (TimeoutException)
        {
            return _begun!;
        }
        catch (LogUnavailableException)
        {
            return Outage;
        }
    }

    /// <summary>Conversations that are awake hold the beginning of their log no longer than the log does.</summary>
    private async Task Tell(IReadOnlyList<LogRange> trimmed)
    {
        foreach (var some in trimmed.Chunk(ToldAtOnce))
        {
            try
            {
                await Task.WhenAll(some.Select(t => GrainFactory.GetGrain<IConversationGrain>(t.ConversationId).OnTrimmed(t.Through)));
            }
            catch (Exception unreachable)
            {
                // Its silo may just be gone, and what it held with it. Whoever wakes reads where the log begins.
                LogNotTold(logger, unreachable.GetType().Name);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Retention run {RunId} {Outcome} ({Reason}), dry run: {DryRun}; due {Due}, archived {Archived}, deleted {Deleted}, purged {Purged}, conversations held {Held}.")]
    private static partial void LogRun(ILogger logger, Guid runId, RunOutcome outcome, string? reason, bool dryRun, long due, long archived, long deleted, long purged, long held);

    [LoggerMessage(LogLevel.Warning, "Retention run {RunId} left out what was due: {Outcome}, {Reason}. Settings: Chat:Retention.")]
    private static partial void LogNotDone(ILogger logger, Guid runId, RunOutcome outcome, string? reason);

    [LoggerMessage(LogLevel.Warning, "A conversation could not be told what retention took from its log ({Reason}).")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
