using Chat.Retention;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Retention;

/// <summary>Sees to the reminder when a silo starts: where reminders are kept in memory they end with their process.</summary>
internal sealed class RetentionSchedule(IGrainFactory grains) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(RetentionSchedule), ServiceLifecycleStage.Active + 1, _ => grains.GetGrain<IRetentionGrain>(0).Schedule(), _ => Task.CompletedTask);
}
