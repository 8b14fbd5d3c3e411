using System.Collections.Concurrent;
using System.Security.Cryptography;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Observers;

/// <summary>Objects that are not grains and can be called: by a weak reference, one call after another.</summary>
internal sealed class ObserverRegistry
{
    private static readonly GrainType ObserverType = GrainType.Create("sys.observer");
    private static readonly ConcurrentDictionary<GrainId, ObserverTarget> Targets = new();

    private readonly ConcurrentDictionary<GrainId, byte> _own = new();

    public static bool IsObserver(GrainId id) => id.Type == ObserverType;

    public static ICallTarget? Find(GrainId id) => Targets.GetValueOrDefault(id);

    public static void Forget(GrainId id) => Targets.TryRemove(id, out _);

    public GrainId Add(IGrainObserver observer)
    {
        var id = GrainId.Create(ObserverType, Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        Targets[id] = new(observer, id);
        _own[id] = 0;
        return id;
    }

    public void Remove(GrainId id)
    {
        _own.TryRemove(id, out _);
        Forget(id);
    }

    /// <summary>The client is gone, and its objects with it.</summary>
    public void RemoveAll()
    {
        foreach (var id in _own.Keys)
        {
            Remove(id);
        }
    }
}

internal sealed class ObserverTarget(IGrainObserver observer, GrainId id) : ICallTarget, IThreadPoolWorkItem
{
    private readonly WeakReference<IGrainObserver> _observer = new(observer);
    private readonly Lock _gate = new();
    private readonly Queue<Call> _calls = new();
    private bool _pumping;

    public void Receive(Call call)
    {
        lock (_gate)
        {
            _calls.Enqueue(call);
            if (_pumping)
            {
                return;
            }

            _pumping = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _ = Pump();

    private async Task Pump()
    {
        while (Take() is { } call)
        {
            if (!_observer.TryGetTarget(out var target))
            {
                // As over a network: nobody answers, and the caller times out.
                ObserverRegistry.Forget(id);
                continue;
            }

            await Invoke(call, target);
        }
    }

    private static async Task Invoke(Call call, IGrainObserver target)
    {
        RequestContext.Snapshot = call.Context;
        Task? task = null;
        try
        {
            task = call.Start(target);
            await task;
            call.Answer(task);
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    private Call? Take()
    {
        lock (_gate)
        {
            if (_calls.TryDequeue(out var call))
            {
                return call;
            }

            _pumping = false;
            return null;
        }
    }
}
