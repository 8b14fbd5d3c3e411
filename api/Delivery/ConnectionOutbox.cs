using Microsoft.AspNetCore.SignalR;

namespace Chat.Api.Delivery;

/// <summary>What waits for one socket: bounded, in order, written by one loop that exists while there is something to write. Whoever adds never waits.</summary>
internal sealed class ConnectionOutbox(HubConnectionContext connection, ClientConnectionOptions options, TimeProvider time)
{
    // One write of this size keeps the socket busy; more would only sit in its buffer, outside of our count.
    private const int MaxWriteBytes = 65_536;

    private readonly Lock _gate = new();
    private readonly Queue<EventFrame> _waiting = new();
    private int _waitingBytes;
    private bool _writing;
    private TaskCompletionSource? _drained;

    /// <summary>The frame is written by the next <see cref="Flush"/>, together with what waits by then. False: the outbox is full, or closed already.</summary>
    public bool TryAdd(EventFrame frame)
    {
        lock (_gate)
        {
            if (_drained is not null || _waiting.Count >= options.MaxWaitingEvents || _waitingBytes + frame.Bytes.Length > options.MaxWaitingBytes)
            {
                return false;
            }

            Enqueue(frame);
            return true;
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            if (_writing || _waiting.Count == 0)
            {
                return;
            }

            _writing = true;
        }

        // On the caller's thread until the socket pushes back. Ends by itself; if it ever failed, the outbox would fill and the connection close.
        _ = Write();
    }

    /// <summary>Nothing is added from now on. Writes <paramref name="last"/> if the socket takes it within the grace, then ends the connection.</summary>
    /// <param name="dropWaiting">The client cannot keep up: what waits would only delay the farewell.</param>
    /// <returns>False when somebody else closes it.</returns>
    public async Task<bool> Close(EventFrame? last, bool dropWaiting)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_drained is not null)
            {
                return false;
            }

            _drained = drained;
            if (dropWaiting)
            {
                _waiting.Clear();
                _waitingBytes = 0;
            }

            if (last is not null)
            {
                Enqueue(last);
            }

            if (!_writing && _waiting.Count == 0)
            {
                drained.SetResult();
            }
        }

        Flush();
        await drained.Task.WaitAsync(TimeSpan.FromMilliseconds(options.ClosingGraceMs), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        connection.Abort();
        return true;
    }

    private void Enqueue(EventFrame frame)
    {
        _waiting.Enqueue(frame);
        _waitingBytes += frame.Bytes.Length;
    }

    private async Task Write()
    {
        while (TakeWaiting() is { } frames)
        {
            await connection.WriteAsync(frames);
        }
    }

    private SerializedHubMessage? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _writing = false;
                _drained?.TrySetResult();
                return null;
            }

            return _waiting.Count == 1 ? Take(1) : Take(CountUpTo(MaxWriteBytes));
        }
    }

    private int CountUpTo(int bytes)
    {
        var count = 0;
        foreach (var frame in _waiting)
        {
            bytes -= frame.Bytes.Length;
            if (bytes < 0 && count > 0)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private SerializedHubMessage Take(int count)
    {
        if (count == 1)
        {
            var only = _waiting.Dequeue();
            _waitingBytes -= only.Bytes.Length;
            return only.Message;
        }

        var frames = new EventFrame[count];
        for (var i = 0; i < count; i++)
        {
            frames[i] = _waiting.Dequeue();
            _waitingBytes -= frames[i].Bytes.Length;
        }

        return EventFrame.Join(frames);
    }
}
