using Orleans.Activations;
using Orleans.Calls;
using Orleans.Observers;
using Orleans.Runtime;

namespace Orleans.Chaos;

/// <summary>Seeded faults between the caller and the callee.</summary>
internal sealed class ChaosMonkey(ChaosOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(options.Seed);

    public bool DropsEvent => Happens(options.DropStreamEvent);

    public bool DoublesEvent => Happens(options.DoubleStreamEvent);

    public void Deliver(Call call, Silo silo) => _ = DeliverLater(call, silo);

    private async Task DeliverLater(Call call, Silo silo)
    {
        await Task.Delay(Latency(), time).ConfigureAwait(false);
        if (!silo.IsRunning)
        {
            return;
        }

        try
        {
            if (Happens(options.LoseReply))
            {
                call.LosesReply = true;
            }

            silo.Route(call);
            if (!ObserverRegistry.IsObserver(call.Target.GrainId) && Happens(options.KillActivation))
            {
                silo.Find(call.Target.GrainId)?.Deactivate(new(DeactivationReasonCode.RuntimeRequested, "Chaos."));
            }
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    private TimeSpan Latency()
    {
        lock (_gate)
        {
            return options.MaxLatency * _random.NextDouble();
        }
    }

    private bool Happens(double share)
    {
        lock (_gate)
        {
            return share > 0 && _random.NextDouble() < share;
        }
    }
}
