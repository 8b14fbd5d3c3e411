using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Activations;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Reminders;

/// <summary>Ticks for every row of the table, while the silo is active. A tick is an ordinary call; one that was missed is not made up for.</summary>
internal sealed partial class ReminderSchedule(Silo silo, IReminderTable table, IOptions<ReminderOptions> options)
    : IReminderRegistry, ILifecycleParticipant<ISiloLifecycle>
{
    // A timer cannot wait for months.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<(GrainId, string), Alarm> _alarms = new();
    private readonly TimeProvider _time = silo.TimeFor(TimeProviderNames.SystemTimers);
    private volatile bool _active;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe("Reminder table", ServiceLifecycleStage.RuntimeStorageServices, table.StartAsync, table.StopAsync);
        lifecycle.Subscribe("Reminders", ServiceLifecycleStage.Active, Start, Stop);
    }

    public async Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        Validate(dueTime, period);
        var entry = new ReminderEntry { GrainId = callingGrainId, ReminderName = reminderName, StartAt = _time.GetUtcNow().UtcDateTime + dueTime, Period = period };
        entry.ETag = await table.UpsertRow(entry);
        Set(entry);
        return new Reminder(reminderName, entry.ETag!);
    }

    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        if (!await table.RemoveRow(callingGrainId, reminder.ReminderName, ((Reminder)reminder).ETag))
        {
            throw new ReminderException($"Could not unregister reminder '{reminder.ReminderName}' of {callingGrainId}: it is gone or was updated.");
        }

        Clear((callingGrainId, reminder.ReminderName));
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName) =>
        await table.ReadRow(callingGrainId, reminderName) is { } entry ? new Reminder(entry.ReminderName, entry.ETag!) : null;

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId) =>
        (await table.ReadRows(callingGrainId)).Reminders.Select(IGrainReminder (entry) => new Reminder(entry.ReminderName, entry.ETag!)).ToList();

    private void Validate(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || dueTime < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "A reminder is due at some time from now.");
        }

        if (period == Timeout.InfiniteTimeSpan || period < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(period), period, "A reminder has a period.");
        }

        if (period < options.Value.MinimumReminderPeriod)
        {
            throw new ArgumentException($"Cannot register a reminder with period {period}: MinimumReminderPeriod is {options.Value.MinimumReminderPeriod}.", nameof(period));
        }
    }

    private async Task Start(CancellationToken token)
    {
        _active = true;
        foreach (var entry in (await table.ReadRows(0, 0)).Reminders)
        {
            Set(entry);
        }
    }

    private Task Stop(CancellationToken token)
    {
        _active = false;
        foreach (var key in _alarms.Keys)
        {
            Clear(key);
        }

        return Task.CompletedTask;
    }

    private void Set(ReminderEntry entry)
    {
        Clear((entry.GrainId, entry.ReminderName));
        if (_active)
        {
            _alarms[(entry.GrainId, entry.ReminderName)] = new(this, entry);
        }
    }

    private void Clear((GrainId, string) key)
    {
        if (_alarms.TryRemove(key, out var alarm))
        {
            alarm.Dispose();
        }
    }

    [GenerateSerializer, Immutable]
    internal sealed record Reminder([property: Id(0)] string ReminderName, [property: Id(1)] string ETag) : IGrainReminder;

    private sealed class Alarm : IDisposable
    {
        private readonly ReminderSchedule _owner;
        private readonly ReminderEntry _entry;
        private readonly ITimer _timer;
        private DateTime _due;

        public Alarm(ReminderSchedule owner, ReminderEntry entry)
        {
            _owner = owner;
            _entry = entry;
            using (ExecutionContext.SuppressFlow())
            {
                _timer = owner._time.CreateTimer(static alarm => _ = ((Alarm)alarm!).Ring(), this, Next(), Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose() => _timer.Dispose();

        private TimeSpan Next()
        {
            var now = _owner._time.GetUtcNow().UtcDateTime;
            var late = now - _entry.StartAt;
            _due = late < TimeSpan.Zero ? _entry.StartAt : now + _entry.Period - TimeSpan.FromTicks(late.Ticks % _entry.Period.Ticks);
            return Until(now);
        }

        private TimeSpan Until(DateTime now) => _due - now < LongestWait ? _due - now : LongestWait;

        private async Task Ring()
        {
            var now = _owner._time.GetUtcNow().UtcDateTime;
            if (_due - now > TimeSpan.FromSeconds(1))
            {
                _timer.Change(Until(now), Timeout.InfiniteTimeSpan);
                return;
            }

            try
            {
                await _owner.Grain(_entry.GrainId).ReceiveReminder(_entry.ReminderName, new(_entry.StartAt, _entry.Period, now)).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Log.TickFailed(_owner.Logger, error, _entry.ReminderName, _entry.GrainId);
            }

            _timer.Change(Next(), Timeout.InfiniteTimeSpan);
        }
    }

    private ILogger Logger => silo.Logger;

    private IRemindable Grain(GrainId id) => silo.Router.GetGrain<IRemindable>(id);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Reminder {ReminderName} of grain {GrainId} failed; it comes again")]
        public static partial void TickFailed(ILogger logger, Exception error, string reminderName, GrainId grainId);
    }
}
