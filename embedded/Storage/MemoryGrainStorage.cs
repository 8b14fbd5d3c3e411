using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Copying;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Keeps copies in memory, with etags.</summary>
internal sealed class MemoryGrainStorage(string name) : IGrainStorage
{
    private readonly ConcurrentDictionary<(string State, GrainId Grain), Entry> _entries = new();
    private readonly Lock _gate = new();
    private long _etags;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_entries.TryGetValue((stateName, grainId), out var entry))
        {
            grainState.State = Copier<T>.Copy((T)entry.State!);
            grainState.ETag = entry.ETag;
            grainState.RecordExists = true;
        }
        else
        {
            Reset(grainState);
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            Expect(stateName, grainId, grainState.ETag);
            var entry = new Entry(Copier<T>.Copy(grainState.State!), (++_etags).ToString(CultureInfo.InvariantCulture));
            _entries[(stateName, grainId)] = entry;
            grainState.ETag = entry.ETag;
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            Expect(stateName, grainId, grainState.ETag);
            _entries.TryRemove((stateName, grainId), out _);
        }

        Reset(grainState);
        return Task.CompletedTask;
    }

    private static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = typeof(T).IsValueType || typeof(T).GetConstructor([]) is not null ? Activator.CreateInstance<T>() : default;
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private void Expect(string stateName, GrainId grainId, string? etag)
    {
        var stored = _entries.GetValueOrDefault((stateName, grainId))?.ETag;
        if (!string.Equals(stored, etag, StringComparison.Ordinal))
        {
            throw new InconsistentStateException($"Version conflict of '{stateName}' of {grainId} in storage '{name}'.", stored, etag);
        }
    }

    private sealed record Entry(object? State, string ETag);
}
