using Chat.DeadLetters;
using Chat.Grains.Conversations;
using Chat.Grains.Diagnostics;
using Chat.Grains.Inbox;
using Chat.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Grains.DeadLetters;

/// <summary>Reentrant: what it does is safe to do twice at once, and a redrive that waits for a conversation holds nobody up.</summary>
[Reentrant, GrainType("dead-letters")]
internal sealed partial class DeadLettersGrain(
    IDeadLetterStore store, Redrive redrive, IOptions<DeadLetterOptions> options, ChatInstruments instruments, TimeProvider time, ILogger<DeadLettersGrain> logger)
    : Grain, IDeadLettersGrain, IRemindable
{
    public const string Reminder = "dead-letters";

    private const int MaxIds = 100;
    private const int MaxReason = 500;
    private const int DueAtOnce = 50;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly DepthAlarm _alarm = new(options.Value.AlarmDepth);
    private Task _counting = Task.CompletedTask;
    private Task _running = Task.CompletedTask;
    private bool _countAgain;

    private static Refusal Outage => Refusal.Unavailable("The database does not answer right now.", retryAfterMs: 1_000);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Another silo counts from now on.
        instruments.OnDeadLetters(null);
        return Task.CompletedTask;
    }

    public Task<Answer<DeadLetterPage>> List(DeadLetterState state, Guid? conversationId, string? cursor, int limit)
    {
        InboxCursor? below = null;
        if (cursor is not null && !ListCursor.TryRead(cursor, out below))
        {
            return Task.FromResult<Answer<DeadLetterPage>>(Refusal.Invalid("The cursor is not one that a page of this list gave.", "bad_cursor"));
        }

        return Ask<DeadLetterPage>(async () =>
        {
            var items = await store.Page(state, conversationId, below is null ? null : new DeadLetterCursor(below.LastActivityAt, below.ConversationId), limit + 1);
            return items.Length <= limit
                ? new DeadLetterPage(items, null)
                : new DeadLetterPage(items[..limit], ListCursor.Write(new InboxCursor(items[limit - 1].At, items[limit - 1].Id)));
        });
    }

    public Task<Answer<DeadLetterItem>> Inspect(Guid id) => Ask(async () => await store.Find(id) is { } found ? found.Item : NotFound());

    public Task<Answer<DeadLetterItem>> Read(Guid id, Guid operatorId) => Ask(async () =>
    {
        if (await store.Read(id, operatorId, time.GetUtcNow()) is not { } found)
        {
            return NotFound();
        }

        return found.Message() is { } m
            ? found.Item with { Content = new DeadLetterContent(found.SenderId, m.ClientMessageId, m.Content, m.Type, m.ReplyTo) }
            : found.Item;
    });

    public async Task<Answer<DeadLetterItem>> Redrive(Guid id, Guid operatorId)
    {
        var answer = await Ask(() => redrive.Run(id, operatorId));
        await CountAfter(answer.Refusal?.Code);
        return answer;
    }

    public async Task<Answer<RedriveResults>> RedriveAll(Guid[] ids, Guid operatorId)
    {
        if (ids.Length is 0 or > MaxIds)
        {
            return Refusal.Invalid($"ids takes 1 to {MaxIds}.", "invalid_ids");
        }

        var results = await RedriveInOrder(ids, operatorId);
        await CountAfter(Array.Find(results, r => r.Code is RefusalCode.Unavailable)?.Code);
        return new RedriveResults(results);
    }

    public async Task<Answer<DeadLetterItem>> Discard(Guid id, Guid operatorId, string reason)
    {
        if (TextRules.Check(reason, MaxReason, "reason") is { } fault)
        {
            return fault;
        }

        var answer = await Ask(async () =>
        {
            if (await store.Discard(id, reason, operatorId, time.GetUtcNow()))
            {
                instruments.OnDeadLetterDiscarded();
            }

            return await store.Find(id) is not { } found ? NotFound()
                : found.Item.State is DeadLetterState.Redriven ? Refusal.Conflict("This dead letter was redriven: its message is in the log.", "already_redriven")
                : found.Item;
        });
        await CountAfter(answer.Refusal?.Code);
        return answer;
    }

    public async Task Schedule()
    {
        try
        {
            await this.RegisterOrUpdateReminder(Reminder, Period, Period);
        }
        catch (Exception failed)
        {
            // Reminders may be kept where the log is. A silo starts without.
            LogNotReminded(logger, failed.GetType().Name);
        }

        Run();
    }

    public Task OnAdded() => Count();

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Run();
        return _running;
    }

    private static Answer<DeadLetterItem> NotFound() => Refusal.NotFound("dead letter");

    private void Run()
    {
        if (_running.IsCompleted)
        {
            _running = RedriveDue();
        }
    }

    private async Task RedriveDue()
    {
        try
        {
            var due = await store.Due(time.GetUtcNow(), DueAtOnce);
            if (due.Length > 0)
            {
                var results = await RedriveInOrder(due, by: null);
                LogRedriven(logger, results.Count(r => r.Ok), due.Length);
            }
        }
        catch (LogUnavailableException outage)
        {
            LogOutage(logger, outage.Message);
        }

        await Count();
    }

    /// <summary>All at once, but those of one conversation one after the other.</summary>
    private async Task<RedriveResult[]> RedriveInOrder(Guid[] ids, Guid? by)
    {
        var letters = await Task.WhenAll(ids.Distinct().Select(async id => (Id: id, Found: await Ask<StoredDeadLetter>(async () =>
            await store.Find(id) is { } found ? found : Refusal.NotFound("dead letter")))));
        var results = new Dictionary<Guid, RedriveResult>();
        await Task.WhenAll(letters.GroupBy(l => l.Found.Value?.Item.ConversationId).Select(async group =>
        {
            foreach (var (id, found) in group.OrderBy(l => l.Found.Value?.Item.At).ThenBy(l => l.Id))
            {
                var answer = found.Ok ? await Ask(() => redrive.Run(id, by)) : found.Refusal;
                results[id] = new RedriveResult(id, answer.Ok, answer.Value?.Sequence, answer.Refusal?.Code, answer.Refusal?.Reason);
            }
        }));
        return Array.ConvertAll(ids, id => results[id]);
    }

    // Who just heard of an outage is not kept waiting for the next deadline. What comes next counts, at the latest the reminder.
    private Task CountAfter(RefusalCode? refusal) => refusal is RefusalCode.Unavailable ? Task.CompletedTask : Count();

    /// <summary>Whoever asks while it counts is counted by the next.</summary>
    private Task Count()
    {
        _countAgain = true;
        return _counting.IsCompleted ? _counting = CountOnce() : _counting;
    }

    private async Task CountOnce()
    {
        while (_countAgain)
        {
            _countAgain = false;
            try
            {
                var depth = await store.Depth();
                instruments.OnDeadLetters(depth);
                Tell(depth);
            }
            catch (LogUnavailableException outage)
            {
                LogOutage(logger, outage.Message);
            }
        }
    }

    private void Tell(long depth)
    {
        if (_alarm.Note(depth) is { } rises)
        {
            if (rises)
            {
                LogTooMany(logger, depth, options.Value.AlarmDepth);
            }
            else
            {
                LogFewer(logger, depth, options.Value.AlarmDepth);
            }
        }
    }

    private static async Task<Answer<T>> Ask<T>(Func<Task<Answer<T>>> question)
        where T : class
    {
        try
        {
            return await question();
        }
        catch (LogUnavailableException)
        {
            return Outage;
        }
    }

    [LoggerMessage(LogLevel.Error, "There are {Depth} dead letters, more than Chat:DeadLetters:AlarmDepth ({AlarmDepth}).")]
    private static partial void LogTooMany(ILogger logger, long depth, int alarmDepth);

    [LoggerMessage(LogLevel.Information, "There are {Depth} dead letters, no more than Chat:DeadLetters:AlarmDepth ({AlarmDepth}) again.")]
    private static partial void LogFewer(ILogger logger, long depth, int alarmDepth);

    [LoggerMessage(LogLevel.Information, "{Redriven} of {Due} dead letters that were due are in the log now.")]
    private static partial void LogRedriven(ILogger logger, int redriven, int due);

    [LoggerMessage(LogLevel.Warning, "Dead letters cannot be counted or redriven right now: {Reason}")]
    private static partial void LogOutage(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The reminder of dead letters could not be set ({Error}).")]
    private static partial void LogNotReminded(ILogger logger, string error);
}
