using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>Where turns are queued.</summary>
internal interface ITurns
{
    void Post(object work);

    void Post(Action work) => Post((object)work);
}

/// <summary>One turn at a time, on the thread pool: one work item of the pool drains many turns.</summary>
internal abstract class TurnScheduler : TaskScheduler, ITurns, IThreadPoolWorkItem
{
    private const int TurnsPerDrain = 256;
    private readonly Lock _gate = new();
    private readonly Queue<object> _turns = new();
    private bool _draining;
    private Task? _drain;

    public sealed override int MaximumConcurrencyLevel => 1;

    public void Post(object work)
    {
        lock (_gate)
        {
            _turns.Enqueue(work);
            if (_draining)
            {
                return;
            }

            _draining = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    void IThreadPoolWorkItem.Execute()
    {
        // Code that a turn awaits comes back here because it sees this scheduler as the current one, and it does because the turn is inside a task of it.
        new Task(static scheduler => ((TurnScheduler)scheduler!).Drain(), this, TaskCreationOptions.DenyChildAttach).Start(this);
        TryExecuteTask(_drain!);
    }

    protected abstract void Run(object work);

    protected abstract void OnError(Exception error);

    protected override void QueueTask(Task task)
    {
        if (ReferenceEquals(task.AsyncState, this))
        {
            _drain = task;
            return;
        }

        Post(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(RuntimeContext.Current, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return _turns.OfType<Task>().ToArray();
        }
    }

    private void Drain()
    {
        RuntimeContext.Current = this as Activation;
        var clean = ExecutionContext.Capture();
        try
        {
            for (var turn = 0; turn < TurnsPerDrain; turn++)
            {
                if (Take() is not { } work)
                {
                    return;
                }

                if (work is Task task)
                {
                    TryExecuteTask(task);
                }
                else
                {
                    RunSafely(work);
                    if (clean is not null && ExecutionContext.Capture() != clean)
                    {
                        ExecutionContext.Restore(clean);
                    }
                }
            }
        }
        finally
        {
            RuntimeContext.Current = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void RunSafely(object work)
    {
        try
        {
            Run(work);
        }
        catch (Exception error)
        {
            // A callback of a cancelled token may throw; the next turn is none the worse for it.
            OnError(error);
        }
    }

    private object? Take()
    {
        lock (_gate)
        {
            if (_turns.TryDequeue(out var work))
            {
                return work;
            }

            _draining = false;
            return null;
        }
    }
}
