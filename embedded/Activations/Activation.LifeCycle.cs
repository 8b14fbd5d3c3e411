using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Activations;

internal sealed partial class Activation
{
    private async Task Activate(Dictionary<string, object>? context)
    {
        RequestContext.Snapshot = context;
        using var deadline = new CancellationTokenSource(_silo.Collection.ActivationTimeout, _silo.Time);
        try
        {
            _scope = _silo.Services.CreateAsyncScope();
            GrainInstance = Class.Create(this);
            await _lifecycle.Start(deadline.Token);
            if (GrainInstance is IGrainBase grain)
            {
                await grain.OnActivateAsync(deadline.Token).WaitAsync(deadline.Token);
            }
        }
        catch (Exception error)
        {
            Log.ActivationFailed(_silo.Logger, error, GrainId);
            await Dispose();
            Leave();
            _calls.FailWaiting(error);
            return;
        }

        Touch();
        if (_reason.ReasonCode != DeactivationReasonCode.None)
        {
            BeginFinish();
            return;
        }

        _stage = Stage.Active;
        _calls.AdmitWaiting();
    }

    /// <summary>What runs may end; what comes now waits, and goes to the next activation.</summary>
    private void BeginDeactivation(DeactivationReason reason)
    {
        switch (_stage)
        {
            case Stage.New:
                Leave();
                break;
            case Stage.Activating:
                _reason = reason;
                break;
            case Stage.Active:
                _reason = reason;
                BeginFinish();
                break;
        }
    }

    private void BeginFinish()
    {
        _stage = Stage.Deactivating;
        if (!_calls.IsRunning)
        {
            // Not in the turn that asked for it.
            ((ITurns)this).Post(() =>
            {
                if (_stage == Stage.Deactivating && !_calls.IsRunning)
                {
                    _ = FinishDeactivation();
                }
            });
        }
    }

    private async Task FinishDeactivation()
    {
        if (_finishing)
        {
            return;
        }

        _finishing = true;
        foreach (var timer in _timers.ToArray())
        {
            timer.Dispose();
        }

        using var deadline = new CancellationTokenSource(_silo.Collection.DeactivationTimeout, _silo.Time);
        try
        {
            if (GrainInstance is IGrainBase grain)
            {
                await grain.OnDeactivateAsync(_reason, deadline.Token).WaitAsync(deadline.Token);
            }
        }
        catch (Exception error)
        {
            Log.DeactivationFailed(_silo.Logger, error, GrainId);
        }

        await _lifecycle.Stop(deadline.Token, error => Log.DeactivationFailed(_silo.Logger, error, GrainId));
        await Dispose();
        Leave();
    }

    private async Task Dispose()
    {
        try
        {
            switch (GrainInstance)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }

            await _scope.DisposeAsync();
        }
        catch (Exception error)
        {
            Log.DeactivationFailed(_silo.Logger, error, GrainId);
        }
    }

    private void Leave()
    {
        _stage = Stage.Gone;
        OnGone?.Invoke(this);
        _silo.Remove(this);
        _deactivated.TrySetResult();
        if (_reason.ReasonCode != DeactivationReasonCode.None)
        {
            _calls.ForwardWaiting(_silo);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A turn of grain {GrainId} failed")]
        public static partial void TurnFailed(ILogger logger, Exception error, GrainId grainId);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Grain {GrainId} could not be activated")]
        public static partial void ActivationFailed(ILogger logger, Exception error, GrainId grainId);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Grain {GrainId} failed while it was deactivated")]
        public static partial void DeactivationFailed(ILogger logger, Exception error, GrainId grainId);
    }
}
