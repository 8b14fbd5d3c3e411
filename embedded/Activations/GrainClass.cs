using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Activations;

/// <summary>What the engine knows of a grain class.</summary>
internal sealed class GrainClass
{
    private readonly bool _isFilter;
    private readonly Func<Activation, object?>[] _arguments;
    private readonly ConstructorInvoker _constructor;

    public GrainClass(Type type)
    {
        Type = type;
        GrainType = GrainType.Create(NameOf(type));
        var worker = type.GetCustomAttribute<StatelessWorkerAttribute>();
        MaxWorkers = worker?.MaxLocalWorkers ?? 0;
        IsKeptAlive = type.IsDefined(typeof(KeepAliveAttribute)) || type.GetCustomAttribute<CollectionAgeLimitAttribute>() is { AlwaysActive: true };
        Age = type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.Age;
        MayInterleave = Interleaving(type);
        _isFilter = typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        var constructors = type.GetConstructors();
        var constructor = constructors.FirstOrDefault(each => each.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? constructors.MaxBy(each => each.GetParameters().Length)
            ?? throw new InvalidOperationException($"Grain class {type} has no public constructor.");
        _constructor = ConstructorInvoker.Create(constructor);
        _arguments = constructor.GetParameters().Select(ArgumentOf).ToArray();
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public int MaxWorkers { get; }

    public bool IsStatelessWorker => MaxWorkers > 0;

    public bool IsKeptAlive { get; }

    public TimeSpan? Age { get; }

    public Func<object, IInvokable, bool>? MayInterleave { get; }

    public bool HasFilters(Silo silo) => _isFilter || silo.IncomingFilters.Length > 0;

    public object Create(Activation activation) =>
        _constructor.Invoke(_arguments.Select(argument => argument(activation)).ToArray().AsSpan());

    public static string NameOf(Type type)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>() is { } named)
        {
            return named.GrainType;
        }

        const string Suffix = "Grain";
        var name = type.Name.EndsWith(Suffix, StringComparison.Ordinal) && type.Name.Length > Suffix.Length ? type.Name[..^Suffix.Length] : type.Name;
        return name.ToLowerInvariant();
    }

    private static Func<object, IInvokable, bool>? Interleaving(Type type)
    {
        if (type.IsDefined(typeof(ReentrantAttribute)))
        {
            return static (_, _) => true;
        }

        if (type.GetCustomAttribute<MayInterleaveAttribute>() is not { } attribute)
        {
            return null;
        }

        var predicate = type.GetMethod(attribute.CallbackMethodName, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy);
        if (predicate is null || predicate.ReturnType != typeof(bool) || predicate.GetParameters() is not [{ ParameterType: var parameter }] || parameter != typeof(IInvokable))
        {
            throw new InvalidOperationException($"{type} needs a public method bool {attribute.CallbackMethodName}(IInvokable) for its [MayInterleave].");
        }

        var invoker = MethodInvoker.Create(predicate);
        return (grain, call) => (bool)invoker.Invoke(predicate.IsStatic ? null : grain, call)!;
    }

    private static Func<Activation, object?> ArgumentOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state)
        {
            return activation => Storage.PersistentState.ForParameter(type, activation, state.StateName, state.StorageName);
        }

        if (type == typeof(IGrainContext))
        {
            return activation => activation;
        }

        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
        {
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        }

        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue
            : activation => activation.ActivationServices.GetRequiredService(type);
    }
}
