using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Activations;
using Orleans.Providers;
using Orleans.Runtime;

namespace Orleans.Storage;

internal static class PersistentState
{
    public static object ForParameter(Type parameterType, Activation activation, string stateName, string? storageName)
    {
        var type = typeof(PersistentState<>).MakeGenericType(parameterType.GetGenericArguments()[0]);
        return type.GetMethod(nameof(PersistentState<>.ForGrain))!.Invoke(null, [activation, stateName, storageName])!;
    }

    /// <summary>Writes that happen at once in an interleaving grain go one after another.</summary>
    public static IGrainStorage StorageOf(Activation activation, string? storageName)
    {
        var name = storageName
            ?? activation.Class.Type.GetCustomAttribute<StorageProviderAttribute>()?.ProviderName
            ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        return activation.ActivationServices.GetKeyedService<IGrainStorage>(name)
            ?? throw new BadProviderConfigException($"No storage provider named '{name}' was found for grain type {activation.Class.Type.FullName}.");
    }
}

/// <summary>A grain's own copy of its stored state, read before the grain is activated.</summary>
internal sealed class PersistentState<TState> : IPersistentState<TState>
{
    private readonly GrainState<TState> _state = new(NewState());
    private readonly IGrainStorage _storage;
    private readonly GrainId _grainId;
    private readonly string _name;
    private readonly SemaphoreSlim _oneAtATime = new(1);

    private PersistentState(Activation activation, string stateName, string? storageName)
    {
        _storage = PersistentState.StorageOf(activation, storageName);
        _grainId = activation.GrainId;
        _name = stateName;
        activation.ObservableLifecycle.Subscribe(stateName, GrainLifecycleStage.SetupState, _ => ReadStateAsync());
    }

    public TState State
    {
        get => _state.State!;
        set => _state.State = value;
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _state.RecordExists;

    public static PersistentState<TState> ForGrain(IGrainContext context, string stateName, string? storageName) =>
        new((Activation)context, stateName, storageName);

    public Task ReadStateAsync() => InTurn(() => _storage.ReadStateAsync(_name, _grainId, _state));

    public Task WriteStateAsync() => InTurn(() => _storage.WriteStateAsync(_name, _grainId, _state));

    public Task ClearStateAsync() => InTurn(() => _storage.ClearStateAsync(_name, _grainId, _state));

    private static TState NewState() => typeof(TState).IsValueType || typeof(TState).GetConstructor([]) is not null ? Activator.CreateInstance<TState>() : default!;

    private async Task InTurn(Func<Task> operation)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await operation();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
