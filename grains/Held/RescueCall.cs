using Chat.Grains.Storage;
using Chat.Held;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Held;

/// <summary>Has what is held rescued when a silo starts and when its log is back. A silo whose fallback cannot be written starts all the same, and says so.</summary>
internal sealed partial class RescueCall(Fallback fallback, LogHealth health, IGrainFactory grains, TimeProvider time, ILogger<RescueCall> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _subscription;
    private Task _claiming = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (fallback.IsConfigured)
        {
            lifecycle.Subscribe(nameof(RescueCall), ServiceLifecycleStage.Active, Start, Stop);
        }
    }

    private Task Start(CancellationToken cancellationToken)
    {
        _subscription = health.Subscribe(() => { }, Call);
        _claiming = CallWhenClaimed();
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        await _stopping.CancelAsync();
        await _claiming.WaitAsync(cancellationToken);
    }

    /// <summary>The process that this one replaces may still have the folder, while it drains.</summary>
    private async Task CallWhenClaimed()
    {
        for (var isFirst = true; !TryClaim(isFirst); isFirst = false)
        {
            await Task.Delay(AskAgain, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }
        }

        Call();
    }

    private bool TryClaim(bool saysWhyNot)
    {
        try
        {
            fallback.Claim();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            if (saysWhyNot)
            {
                LogUnusable(logger, fallback.Folder!, e.Message);
            }

            return false;
        }
    }

    private void Call()
    {
        for (var shard = 0; shard < RescueShards.Count; shard++)
        {
            _ = Call(shard);
        }
    }

    private async Task Call(int shard)
    {
        try
        {
            await grains.GetGrain<IRescueGrain>(shard).Run();
        }
        catch (Exception lost)
        {
            // Its reminder, or the next conversation that wakes, finds what is held.
            LogNotCalled(logger, lost.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Chat:Fallback:Folder {Folder} cannot be used ({Reason}): while the log is out of reach sends are refused, not held. It is tried again.")]
    private static partial void LogUnusable(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Warning, "A list of conversations with held messages did not answer ({Error}).")]
    private static partial void LogNotCalled(ILogger logger, string error);
}
