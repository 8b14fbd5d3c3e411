using System.Threading.Channels;
using Chat.Grains.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Chat.Grains.Storage;

/// <summary>Whether this silo can write to the log now, as its <see cref="MessageWriter"/> finds out, and who is told when that changes.</summary>
internal sealed partial class LogHealth(TimeProvider time, ChatInstruments instruments, ILogger<LogHealth> logger)
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private readonly LogBreaker _breaker = new();
    private readonly Channel<bool> _suspicions = Channel.CreateBounded<bool>(1);
    private volatile bool _suspected;
    private volatile Outage? _outage;

    public bool IsDown => _outage is not null;

    /// <summary>It is down, or a call found it so and no commit or probe has said otherwise since.</summary>
    internal bool IsInDoubt => _suspected || IsDown;

    public DateTimeOffset? DownSince => _outage?.Since;

    /// <summary>Short, and without secrets: fit for a log line and a health answer.</summary>
    public string? Reason => _outage?.Reason;

    /// <summary>Each of the two is called once per change, in order, outside of every lock. Who subscribes first and then looks at <see cref="IsDown"/> misses nothing.</summary>
    /// <param name="scheduler">Where the calls run: the thread pool, unless given. A grain gives its own (`TaskScheduler.Current` in a turn), to be called in its
    /// turns, and disposes the subscription when it is deactivated.</param>
    public IDisposable Subscribe(Action wentDown, Action cameBack, TaskScheduler? scheduler = null)
    {
        var subscription = new Subscription(this, wentDown, cameBack, scheduler ?? TaskScheduler.Default);
        lock (_gate)
        {
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <summary>A call found the log out of reach.</summary>
    internal void OnOutage()
    {
        lock (_gate)
        {
            if (_breaker.OnOutage())
            {
                _suspected = true;
                _suspicions.Writer.TryWrite(true);
            }
        }
    }

    internal void OnCommitted()
    {
        if (_suspected)
        {
            lock (_gate)
            {
                _breaker.OnCommitted();
                _suspected = false;
            }
        }
    }

    /// <summary>Returns when the log must be probed.</summary>
    internal async Task WaitForSuspicion(CancellationToken cancellationToken) => await _suspicions.Reader.ReadAsync(cancellationToken);

    /// <param name="failure">Null when the probe succeeded.</param>
    internal LogState OnProbed(string? failure, int failures)
    {
        lock (_gate)
        {
            _breaker.OnProbed(failure is null, failures);
            _suspected = _breaker.State is LogState.Suspected;
            if (failure is null)
            {
                OnBack();
            }
            else if (_breaker.State is LogState.Open)
            {
                OnDown(failure);
            }

            return _breaker.State;
        }
    }

    internal void OnDown(string reason)
    {
        lock (_gate)
        {
            if (_outage is null)
            {
                _outage = new Outage(time.GetUtcNow(), time.GetTimestamp(), reason);
                instruments.OnStorageDown();
                LogDown(logger, reason);
                _subscriptions.ForEach(s => s.TellNeedsLock(s.WentDown));
            }
        }
    }

    internal void OnBack()
    {
        lock (_gate)
        {
            if (_outage is { } over)
            {
                _outage = null;
                var lasted = time.GetElapsedTime(over.Began);
                instruments.OnStorageBack(lasted);
                LogBack(logger, lasted.TotalSeconds);
                _subscriptions.ForEach(s => s.TellNeedsLock(s.CameBack));
            }
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }

    private sealed record Outage(DateTimeOffset Since, long Began, string Reason);

    private sealed class Subscription(LogHealth health, Action wentDown, Action cameBack, TaskScheduler scheduler) : IDisposable
    {
        private Task _told = Task.CompletedTask;
        private volatile bool _disposed;

        public Action WentDown => wentDown;

        public Action CameBack => cameBack;

        // One call after the other, and never in here: the scheduler takes it.
        public void TellNeedsLock(Action call) =>
            _told = _told.ContinueWith(_ => Call(call), CancellationToken.None, TaskContinuationOptions.DenyChildAttach, scheduler);

        public void Dispose()
        {
            _disposed = true;
            health.Remove(this);
        }

        private void Call(Action call)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                call();
            }
            catch (Exception bug)
            {
                // A subscriber's fault keeps nobody else from being told.
                LogSubscriberFailed(health.Logger, bug);
            }
        }
    }

    private ILogger Logger => logger;

    [LoggerMessage(LogLevel.Warning, "The log cannot be written to ({Reason}): sends are not committed until it is back.")]
    private static partial void LogDown(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "The log is back after {Seconds:0.0} s.")]
    private static partial void LogBack(ILogger logger, double seconds);

    [LoggerMessage(LogLevel.Error, "A subscriber of the log's health failed.")]
    private static partial void LogSubscriberFailed(ILogger logger, Exception bug);
}
