using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>A tick is a request to the activation; the next one is due a period after the last has ended.</summary>
internal sealed partial class GrainTimer : IGrainTimer
{
    private readonly Activation _owner;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopped = new();
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;
    private bool _disposed;

    public GrainTimer(Activation owner, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options, TimeProvider time)
    {
        _owner = owner;
        _callback = callback;
        _options = options;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static timer => ((GrainTimer)timer!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((long)dueTime.TotalMilliseconds, -1, nameof(dueTime));
        ArgumentOutOfRangeException.ThrowIfLessThan((long)period.TotalMilliseconds, -1, nameof(period));
        _dueTime = dueTime;
        _period = period;
        _changed = true;
        if (!_ticking)
        {
            Schedule(dueTime);
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _timer.Dispose();
        _stopped.Cancel();
        _owner.Forget(this);
    }

    private void OnDue()
    {
        if (!_disposed)
        {
            var call = new LocalCall(Tick, _options.Interleave, _options.KeepAlive, canMove: false) { Target = _owner.GrainReference };
            _owner.Receive(call);
        }
    }

    private async Task Tick()
    {
        if (_disposed || _ticking)
        {
            return;
        }

        _ticking = true;
        _changed = false;
        try
        {
            await _callback(_stopped.Token);
        }
        catch (Exception error)
        {
            Log.TickFailed(_owner.Silo.Logger, error, _owner.GrainId);
        }

        _ticking = false;
        Schedule(_changed ? _dueTime : _period);
    }

    private void Schedule(TimeSpan dueTime)
    {
        if (!_disposed)
        {
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A timer of grain {GrainId} failed; it goes on")]
        public static partial void TickFailed(ILogger logger, Exception error, GrainId grainId);
    }
}
