namespace Orleans.Calls;

/// <summary>
/// Answers calls that nobody else answers in time. A timer per call would cost more than the call: new calls go on a lock-free list, and a sweep
/// drops the answered ones and keeps the rest until they are answered or due.
/// </summary>
internal sealed class CallTimeouts : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(100);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _sweeping = new();
    private readonly long _start;
    private List<Call> _open = [];
    private Call? _added;
    private long _now;

    public CallTimeouts(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static timeouts => ((CallTimeouts)timeouts!).Sweep(), this, SweepPeriod, SweepPeriod);
    }

    public void Track(Call call, TimeSpan timeout)
    {
        call.Deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Volatile.Read(ref _now) + (long)(timeout + SweepPeriod).TotalMilliseconds;
        var head = Volatile.Read(ref _added);
        while (true)
        {
            call.Next = head;
            var seen = Interlocked.CompareExchange(ref _added, call, head);
            if (ReferenceEquals(seen, head))
            {
                return;
            }

            head = seen;
        }
    }

    public void FailAll(Func<Call, Exception> error)
    {
        lock (_sweeping)
        {
            Collect();
            foreach (var call in _open)
            {
                call.Fail(error(call));
            }

            _open.Clear();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        lock (_sweeping)
        {
            Volatile.Write(ref _now, (long)_time.GetElapsedTime(_start).TotalMilliseconds);
            Collect();
            var open = new List<Call>();
            foreach (var call in _open)
            {
                if (call.Deadline <= _now)
                {
                    call.Fail(new TimeoutException($"Response did not arrive on time for {call}; the outcome is unknown."));
                }
                else if (!call.IsAnswered)
                {
                    open.Add(call);
                }
            }

            _open = open;
        }
    }

    private void Collect()
    {
        for (var call = Interlocked.Exchange(ref _added, null); call is not null;)
        {
            if (!call.IsAnswered)
            {
                _open.Add(call);
            }

            var next = call.Next;
            call.Next = null;
            call = next;
        }
    }
}
