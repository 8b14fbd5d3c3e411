using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>One grain in memory. Its state below is touched by its own turns only; what others say to it is posted.</summary>
internal sealed partial class Activation : TurnScheduler, IGrainContext, ICallTarget
{
    private readonly Silo _silo;
    private readonly CallQueue _calls;
    private readonly StagedLifecycle _lifecycle = new();
    private readonly HashSet<GrainTimer> _timers = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dictionary<Type, object>? _components;
    private AsyncServiceScope _scope;
    private DeactivationReason _reason;
    private long _lastUsed;
    private long _keepUntil;
    private int _load;
    private volatile Stage _stage;
    private bool _finishing;

    public Activation(Silo silo, GrainClass grainClass, GrainId grainId)
    {
        _silo = silo;
        Class = grainClass;
        GrainId = grainId;
        ActivationId = new(new Guid(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)));
        _calls = new(this);
        Touch();
    }

    private enum Stage
    {
        New,
        Activating,
        Active,
        Deactivating,
        Gone,
    }

    public GrainClass Class { get; }

    public GrainId GrainId { get; }

    public ActivationId ActivationId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public IGrainLifecycle ObservableLifecycle => _lifecycle;

    public GrainReference GrainReference => field ??= new(GrainId, _silo.Router);

    public Task Deactivated => _deactivated.Task;

    public Silo Silo => _silo;

    /// <summary>Calls that were sent here and have not ended.</summary>
    public int Load => Volatile.Read(ref _load);

    public bool IsActive => _stage is Stage.Active;

    public bool IsGone => _stage is Stage.Gone;

    /// <summary>Set by the stateless worker's owner: who is told when this activation is gone.</summary>
    public Action<Activation>? OnGone { get; init; }

    public object? GetTarget() => GrainInstance;

    public object? GetComponent(Type componentType) =>
        _components is { } components && components.TryGetValue(componentType, out var component) ? component
        : componentType.IsInstanceOfType(GrainInstance) ? GrainInstance
        : componentType.IsInstanceOfType(this) ? this : null;

    public void SetComponent<TComponent>(TComponent? value)
        where TComponent : class
    {
        _components ??= [];
        if (value is null)
        {
            _components.Remove(typeof(TComponent));
        }
        else
        {
            _components[typeof(TComponent)] = value;
        }
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public void Receive(Call call)
    {
        Interlocked.Increment(ref _load);
        Post(call);
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (ReferenceEquals(RuntimeContext.Current, this))
        {
            BeginDeactivation(deactivationReason);
        }
        else
        {
            ((ITurns)this).Post(() => BeginDeactivation(deactivationReason));
        }
    }

    public void DelayDeactivation(TimeSpan time) =>
        _keepUntil = time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue ? long.MaxValue : _silo.Now + (long)time.TotalMilliseconds;

    public void DeactivateIfIdle(TimeSpan age)
    {
        if (Load == 0 && IsStale(age))
        {
            ((ITurns)this).Post(() =>
            {
                if (_stage == Stage.Active && !_calls.IsRunning && IsStale(age))
                {
                    BeginDeactivation(new(DeactivationReasonCode.ActivationIdle, "The grain was idle."));
                }
            });
        }
    }

    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(RuntimeContext.Current, this))
        {
            throw new InvalidOperationException("A grain timer is made in a turn of its grain.");
        }

        var timer = new GrainTimer(this, callback, options, _silo.GrainTime);
        _timers.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer) => ((ITurns)this).Post(() => _timers.Remove(timer));

    public void EnterReentrantSection(Guid id) => _calls.EnterSection(id);

    public void LeaveReentrantSection(Guid id) => _calls.LeaveSection(id);

    /// <summary>The process dies: nothing more is admitted, ticks included, and nobody is told.</summary>
    public void Abandon()
    {
        _stage = Stage.Gone;
        _deactivated.TrySetResult();
    }

    protected override void Run(object work)
    {
        switch (work)
        {
            case Call call:
                Accept(call);
                break;
            case Action action:
                action();
                break;
        }
    }

    protected override void OnError(Exception error) => Log.TurnFailed(_silo.Logger, error, GrainId);

    private void Accept(Call call)
    {
        switch (_stage)
        {
            case Stage.Gone:
                Interlocked.Decrement(ref _load);
                _silo.Forward(call);
                break;
            case Stage.New:
                _stage = Stage.Activating;
                _calls.Wait(call);
                _ = Activate(call.Context);
                break;
            case Stage.Active:
                _calls.Admit(call);
                break;
            default:
                _calls.Wait(call);
                break;
        }
    }

    internal void OnEnded(Call call)
    {
        Interlocked.Decrement(ref _load);
        if (call.KeepsAlive)
        {
            Touch();
        }

        if (_stage == Stage.Active)
        {
            _calls.AdmitWaiting();
        }
        else if (_stage == Stage.Deactivating && !_calls.IsRunning)
        {
            _ = FinishDeactivation();
        }
    }

    private bool IsStale(TimeSpan age) => _silo.Now - _lastUsed >= age.TotalMilliseconds && _silo.Now >= _keepUntil;

    private void Touch() => _lastUsed = _silo.Now;
}
