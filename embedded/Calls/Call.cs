using System.Reflection;
using Orleans.Activations;
using Orleans.Copying;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>One request on its way, and the promise of its answer. <see cref="ProxyBuilder"/> derives a class per interface method.</summary>
internal abstract class Call : IInvokable
{
    private int _answered;
    private CancellationTokenRegistration _callerCancels;
    private CancellationTokenSource? _cancel;

    public GrainReference Target { get; set; } = null!;

    public Activation? Source { get; set; }

    public Dictionary<string, object>? Context { get; set; }

    public abstract CalledMethod Method { get; }

    /// <summary>Whether the next activation takes the call when this one leaves before it could run.</summary>
    public virtual bool CanMove => true;

    public virtual bool AlwaysInterleave => Method.AlwaysInterleave;

    /// <summary>Whether the call counts as use of the grain.</summary>
    public virtual bool KeepsAlive => true;

    public bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <summary>In ticks of the <see cref="CallTimeouts"/> that the call is tracked by.</summary>
    public long Deadline { get; set; }

    /// <summary>The next in the list of <see cref="CallTimeouts"/>.</summary>
    public Call? Next { get; set; }

    /// <summary>Where the call runs, from the moment it was admitted.</summary>
    public ITurns? RunsOn { get; set; }

    /// <summary>Chaos: the call runs, and its caller is told that it timed out.</summary>
    public bool LosesReply { get; set; }

    public bool IsCancellable => Method.TokenIndex >= 0;

    protected virtual CancellationToken Token { get => default; set => _ = value; }

    public abstract Task Start(object target);

    public abstract object? ResultOf(Task completed);

    public abstract void Answer(Task completed);

    public abstract void Answer(Response response);

    public abstract void Fail(Exception error);

    /// <summary>The caller of a one-way method does not wait.</summary>
    public abstract void Fired();

    public virtual void CopyArguments()
    {
    }

    public virtual object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));

    public virtual void SetArgument(int index, object value) => throw new ArgumentOutOfRangeException(nameof(index));

    public int GetArgumentCount() => Method.ArgumentCount;

    public object? GetTarget() => Target;

    public string GetMethodName() => Method.Name;

    public string GetInterfaceName() => Method.InterfaceName;

    public string GetActivityName() => $"{Method.InterfaceName}/{Method.Name}";

    public MethodInfo GetMethod() => Method.Info;

    public Type GetInterfaceType() => Method.Info.DeclaringType!;

    public TimeSpan? GetDefaultResponseTimeout() => Method.Timeout;

    public CancellationToken GetCancellationToken() => Token;

    public bool TryCancel()
    {
        if (_cancel is not { } cancel)
        {
            return false;
        }

        // The callee's callbacks belong to its turns.
        if (RunsOn is { } turns)
        {
            turns.Post(() => cancel.Cancel());
        }
        else
        {
            cancel.Cancel();
        }

        return true;
    }

    public void Dispose()
    {
    }

    /// <summary>The callee gets a token of its own: the caller's never crosses.</summary>
    /// <returns>False when the caller has cancelled already.</returns>
    public bool TryLinkToken()
    {
        var token = Token;
        if (token.IsCancellationRequested)
        {
            return false;
        }

        if (token.CanBeCanceled)
        {
            _cancel = new();
            Token = _cancel.Token;
            _callerCancels = token.UnsafeRegister(
                static (call, token) =>
                {
                    ((Call)call!).Fail(new OperationCanceledException(token));
                    ((Call)call).TryCancel();
                },
                this);
        }

        return true;
    }

    public override string ToString() => $"{Target?.GrainId}.{Method.Name}";

    /// <summary>The first answer counts: the callee's, the timeout, or the caller's own cancellation.</summary>
    protected bool TryTakeAnswer()
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return false;
        }

        if (_cancel is not null)
        {
            _callerCancels.Unregister();
        }

        return true;
    }
}

internal abstract class Call<TResult> : Call
{
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Promise => _answer.Task;

    public override object? ResultOf(Task completed) => ((Task<TResult>)completed).Result;

    public override void Answer(Task completed)
    {
        if (completed.IsCompletedSuccessfully)
        {
            Succeed(Result(completed));
        }
        else
        {
            Fail(completed.IsCanceled ? new TaskCanceledException(completed) : completed.Exception!.InnerException!);
        }
    }

    public override void Answer(Response response)
    {
        if (response.Exception is { } error)
        {
            Fail(error);
        }
        else
        {
            Succeed(response.Result is null ? default! : (TResult)response.Result);
        }
    }

    public override void Fail(Exception error)
    {
        if (!TryTakeAnswer())
        {
            return;
        }

        var arriving = ExceptionCopy.ForCaller(error);
        if (arriving is OperationCanceledException)
        {
            // Cancelled, as an awaited call is, and with what was thrown.
            _answer.TrySetFromTask(Cancelled(arriving));
        }
        else
        {
            _answer.TrySetException(arriving);
        }
    }

    public override void Fired() => _answer.TrySetResult(default!);

    protected virtual TResult Result(Task completed) => ((Task<TResult>)completed).Result;

#pragma warning disable CS1998 // a method that throws in a task is the only way to cancel one with an exception of one's own
    private static async Task<TResult> Cancelled(Exception error) => throw error;
#pragma warning restore CS1998

    private void Succeed(TResult result)
    {
        if (IsAnswered)
        {
            return;
        }

        if (LosesReply)
        {
            Fail(new TimeoutException($"Response did not arrive on time for {this}; the outcome is unknown."));
            return;
        }

        try
        {
            result = Copier<TResult>.Copy(result);
        }
        catch (Exception error)
        {
            Fail(error);
            return;
        }

        if (TryTakeAnswer())
        {
            _answer.TrySetResult(result);
        }
    }
}

/// <summary>A call of a method that answers nothing but its end.</summary>
internal abstract class VoidCall : Call<bool>
{
    public override object? ResultOf(Task completed) => null;

    public override void Answer(Response response)
    {
        if (response.Exception is { } error)
        {
            Fail(error);
        }
        else
        {
            Answer(Task.CompletedTask);
        }
    }

    protected override bool Result(Task completed) => true;
}

/// <summary>Work of the engine itself that runs as a request to the activation: a timer's tick, a reminder, an event of a stream.</summary>
internal sealed class LocalCall(Func<Task> work, bool interleave, bool keepsAlive, bool canMove) : VoidCall
{
    private static readonly CalledMethod LocalMethod = new(typeof(ILocalWork).GetMethod(nameof(ILocalWork.Run))!);

    private interface ILocalWork
    {
        Task Run();
    }

    public override CalledMethod Method => LocalMethod;

    public override bool AlwaysInterleave => interleave;

    public override bool CanMove => canMove;

    public override bool KeepsAlive => keepsAlive;

    public override Task Start(object target) => work();
}
