using Chat.Grains.Storage;
using Chat.Held;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Held;

/// <summary>Has what is held rescued when a silo starts and when its log is back. A silo whose fallback cannot be written starts all the same, and says so.</summary>
internal sealed partial class RescueCall(Fallback fallback, LogHealth health, IGrainFactory grains, ILogger<RescueCall> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private IDisposable? _subscription;

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
        try
        {
            fallback.Claim();
            Call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            LogUnusable(logger, fallback.Folder!, e.Message);
        }

        return Task.CompletedTask;
    }

    private Task Stop(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
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

    [LoggerMessage(LogLevel.Warning, "Chat:Fallback:Folder {Folder} cannot be used ({Reason}): while the log is out of reach sends are refused, not held.")]
    private static partial void LogUnusable(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Warning, "A list of conversations with held messages did not answer ({Error}).")]
    private static partial void LogNotCalled(ILogger logger, string error);
}
