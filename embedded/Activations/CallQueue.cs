using Orleans.Calls;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Activations;

/// <summary>
/// Which calls run and which wait. A call is admitted when the activation is idle, when it may always interleave, when nothing blocks, when it and
/// what blocks only read, when it belongs to the call chain that waits here, or when the class says so. What cannot be admitted is overtaken.
/// </summary>
internal sealed class CallQueue(Activation owner)
{
    private readonly List<Call> _running = [];
    private readonly LinkedList<Call> _waiting = new();
    private Dictionary<Guid, int>? _sections;
    private Call? _blocking;
    private bool _admitting;

    public bool IsRunning => _running.Count > 0;

    public void Wait(Call call)
    {
        var limit = owner.Class.IsStatelessWorker
            ? owner.Silo.Messaging.MaxEnqueuedRequestsHardLimit_StatelessWorker
            : owner.Silo.Messaging.MaxEnqueuedRequestsHardLimit;
        if (limit > 0 && _waiting.Count >= limit)
        {
            call.Fail(new LimitExceededException($"{owner.GrainId} has {_waiting.Count} requests waiting; MaxEnqueuedRequestsHardLimit is {limit}."));
            owner.OnEnded(call);
            return;
        }

        _waiting.AddLast(call);
    }

    public void Admit(Call call)
    {
        if (MayRun(call))
        {
            Start(call);
        }
        else
        {
            Wait(call);
        }
    }

    public void AdmitWaiting()
    {
        // A call that ends in its first turn comes back here: the loop below goes on, not deeper.
        if (_admitting || _waiting.Count == 0)
        {
            return;
        }

        _admitting = true;
        var next = _waiting.First;
        while (next is not null && owner.IsActive)
        {
            var call = next.Value;
            var following = next.Next;
            if (MayRun(call))
            {
                _waiting.Remove(next);
                following = Start(call) ? _waiting.First : following;
            }

            next = following;
        }

        _admitting = false;
    }

    public void EnterSection(Guid id)
    {
        _sections ??= [];
        _sections[id] = _sections.GetValueOrDefault(id) + 1;
    }

    public void LeaveSection(Guid id)
    {
        if (_sections is not null && _sections.TryGetValue(id, out var count) && count > 0)
        {
            _sections[id] = count - 1;
        }
    }

    public void FailWaiting(Exception error)
    {
        foreach (var call in TakeWaiting())
        {
            call.Fail(error);
        }
    }

    public void ForwardWaiting(Silo silo)
    {
        foreach (var call in TakeWaiting())
        {
            silo.Forward(call);
        }
    }

    /// <returns>Whether the call has ended.</returns>
    private bool Start(Call call)
    {
        if (call.IsAnswered)
        {
            // Nobody waits for it any more.
            owner.OnEnded(call);
            return true;
        }

        _running.Add(call);
        if (_blocking is null && !call.AlwaysInterleave)
        {
            _blocking = call;
        }

        call.RunsOn = owner;
        RequestContext.Restore(call.Context);
        Task task;
        try
        {
            task = call is not LocalCall && owner.Class.HasFilters(owner.Silo)
                ? CallFilters.Incoming(call, owner)
                : call.Start(owner.GrainInstance!) ?? throw new InvalidOperationException($"{call} returned null instead of a task.");
        }
        catch (Exception error)
        {
            task = Task.FromException(error);
        }

        if (task.IsCompleted)
        {
            End(call, task);
            return true;
        }

        task.GetAwaiter().UnsafeOnCompleted(() => End(call, task));
        return false;
    }

    private void End(Call call, Task task)
    {
        _running.Remove(call);
        if (ReferenceEquals(_blocking, call))
        {
            _blocking = null;
        }

        if (task is Task<Response> { IsCompletedSuccessfully: true } filtered)
        {
            call.Answer(filtered.Result);
        }
        else
        {
            call.Answer(task);
        }

        if (task.IsFaulted && task.Exception!.InnerException is Storage.InconsistentStateException)
        {
            owner.Deactivate(new(DeactivationReasonCode.ApplicationError, task.Exception.InnerException, "The grain's state was stale."));
        }

        owner.OnEnded(call);
    }

    private bool MayRun(Call call)
    {
        if (_running.Count == 0 || call.AlwaysInterleave || _blocking is null || (_blocking.Method.ReadOnly && call.Method.ReadOnly))
        {
            return true;
        }

        if (_sections is not null && RequestContext.ReentrancyOf(call.Context) is var id && id != Guid.Empty && _sections.GetValueOrDefault(id) > 0)
        {
            return true;
        }

        try
        {
            return owner.Class.MayInterleave is { } may && (may(owner.GrainInstance!, call) || may(owner.GrainInstance!, _blocking));
        }
        catch (Exception error)
        {
            call.Fail(error);
            return true;
        }
    }

    private Call[] TakeWaiting()
    {
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        return waiting;
    }
}
