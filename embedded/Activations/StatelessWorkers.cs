using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>Several activations behind one id: a call takes an idle one, or makes one while there are fewer than allowed.</summary>
internal sealed class StatelessWorkers(Silo silo, GrainClass grainClass, GrainId grainId) : ICallTarget
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];

    public IReadOnlyList<Activation> Workers
    {
        get
        {
            lock (_gate)
            {
                return _workers.ToArray();
            }
        }
    }

    public void Receive(Call call)
    {
        lock (_gate)
        {
            Choose().Receive(call);
        }
    }

    private Activation Choose()
    {
        var best = _workers.Where(worker => !worker.IsGone).MinBy(worker => worker.Load);
        if (best is { Load: 0 } || (best is not null && _workers.Count >= grainClass.MaxWorkers))
        {
            return best;
        }

        var made = new Activation(silo, grainClass, grainId) { OnGone = Remove };
        _workers.Add(made);
        return made;
    }

    private void Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
        }
    }
}
