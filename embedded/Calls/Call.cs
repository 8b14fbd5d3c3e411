using System.Reflection;
using Orleans.Activations;
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
