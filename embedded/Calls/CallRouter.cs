using Microsoft.Extensions.DependencyInjection;
using Orleans.Activations;
using Orleans.Observers;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>The way into the silo, for its grains and for its clients: makes references, and sends what is called on them.</summary>
internal sealed class CallRouter(IServiceProvider services) : IClusterClient
{
    private readonly ObserverRegistry _observers = new();
    private IOutgoingGrainCallFilter[]? _filters;

    public IServiceProvider ServiceProvider => services;

    /// <summary>A test cluster's client outlives its silo.</summary>
    public Silo? Silo { get; set; }

    public Silo RunningSilo => Silo is { IsRunning: true } silo ? silo : throw new SiloUnavailableException("The silo is not running.");

    private IOutgoingGrainCallFilter[] Filters => _filters ??= services.GetServices<IOutgoingGrainCallFilter>().ToArray();

    /// <summary>The client's process dies: its objects answer no more.</summary>
    public void Vanish() => _observers.RemoveAll();

    public GrainReference Reference(Type interfaceType, GrainId id) => ProxyBuilder.FactoryOf(interfaceType)(id, this);

    public Task<TResult> Send<TResult>(Call<TResult> call)
    {
        call.Context = RequestContext.Snapshot;
        call.Source = RuntimeContext.Current;
        if (Filters.Length > 0)
        {
            return SendFiltered(call);
        }

        Dispatch(call);
        return call.Promise;
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => Make<TGrainInterface>(GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => Make<TGrainInterface>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => Make<TGrainInterface>(TextKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => Make<TGrainInterface>(GrainIdKeyExtensions.CreateGuidKey(primaryKey, keyExtension), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => Make<TGrainInterface>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey, keyExtension), grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => (IGrain)GetGrain(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => (IGrain)GetGrain(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)GetGrain(grainInterfaceType, TextKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) =>
        (IGrain)GetGrain(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey, keyExtension));

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) =>
        (IGrain)GetGrain(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey, keyExtension));

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)(object)Reference(typeof(TGrainInterface), grainId);

    public IAddressable GetGrain(GrainId grainId) => new GrainReference(grainId, this);

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) =>
        throw new NotSupportedException("References by GrainInterfaceType: the embedded engine makes them by the interface itself.");

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => Reference(interfaceType, new(GrainClasses.Implementing(interfaceType, classNamePrefix: null), grainKey));

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) =>
        Reference(interfaceType, new(GrainClasses.Implementing(interfaceType, grainClassNamePrefix), grainKey));

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (RuntimeContext.Current is not null)
        {
            throw new InvalidOperationException("Cannot create a local object reference from a grain.");
        }

        return (TGrainObserverInterface)(object)Reference(typeof(TGrainObserverInterface), _observers.Add(obj));
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference reference)
        {
            throw new ArgumentException("What CreateObjectReference returned is deleted, not the object itself.", nameof(obj));
        }

        _observers.Remove(reference.GrainId);
    }

    private static IdSpan TextKey(string key) => string.IsNullOrEmpty(key) ? throw new ArgumentException("A grain's key is not empty.", nameof(key)) : IdSpan.Create(key);

    private TGrainInterface Make<TGrainInterface>(IdSpan key, string? prefix)
        where TGrainInterface : IAddressable => (TGrainInterface)(object)Cached<TGrainInterface>.Factory(new(Cached<TGrainInterface>.TypeOf(prefix), key), this);

    private void Dispatch(Call call)
    {
        if (!call.TryLinkToken())
        {
            call.Fail(new OperationCanceledException(call.GetCancellationToken()));
            return;
        }

        try
        {
            call.CopyArguments();
            if (call.Method.OneWay)
            {
                call.Fired();
            }

            RunningSilo.Send(call);
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    private async Task<TResult> SendFiltered<TResult>(Call<TResult> call)
    {
        var response = await CallFilters.Outgoing(call, Filters, async () =>
        {
            call.Context = RequestContext.Snapshot;
            Dispatch(call);
            return Response.FromResult(await call.Promise);
        });
        return response.Result is null ? default! : (TResult)response.Result;
    }

    private static class Cached<TGrainInterface>
    {
        public static readonly Func<GrainId, CallRouter, GrainReference> Factory = ProxyBuilder.FactoryOf(typeof(TGrainInterface));
        private static GrainType _type;

        public static GrainType TypeOf(string? prefix)
        {
            if (prefix is not null)
            {
                return GrainClasses.Implementing(typeof(TGrainInterface), prefix);
            }

            if (_type.IsDefault)
            {
                _type = GrainClasses.Implementing(typeof(TGrainInterface), classNamePrefix: null);
            }

            return _type;
        }
    }
}
