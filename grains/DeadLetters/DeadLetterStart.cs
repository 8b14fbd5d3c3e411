using Chat.DeadLetters;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.DeadLetters;

/// <summary>With the start of a silo dead letters are counted and redriven: reminders that are kept in memory ended with their process, and so did the gauge.</summary>
internal sealed partial class DeadLetterStart(IGrainFactory grains, ILogger<DeadLetterStart> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeadLetterStart), ServiceLifecycleStage.Active + 1, Start, _ => Task.CompletedTask);

    private async Task Start(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IDeadLettersGrain>(0).Schedule();
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException)
        {
            LogNotScheduled(logger, lost.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Dead letters are not counted until there is another one ({Error}).")]
    private static partial void LogNotScheduled(ILogger logger, string error);
}
