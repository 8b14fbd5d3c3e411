using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Calls;
using Orleans.Chaos;
using Orleans.Configuration;
using Orleans.Observers;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>All activations of the process, and their life from start to drain.</summary>
internal sealed partial class Silo : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<GrainId, ICallTarget> _directory = new();
    private readonly StagedLifecycle _lifecycle = new();
    private readonly CallTimeouts _timeouts;
    private readonly ChaosMonkey? _chaos;
    private readonly bool _isSystemTime;
    private ITimer? _collector;
    private volatile bool _running;
    private volatile bool _killed;
    private volatile bool _closing;

    public Silo(IServiceProvider services, CallRouter router, ILogger<Silo> logger)
    {
        Services = services;
        Router = router;
        Logger = logger;
        Messaging = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;
        Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        IncomingFilters = services.GetServices<IIncomingGrainCallFilter>().ToArray();
        Time = TimeFor(TimeProviderNames.ActivationManagement);
        GrainTime = TimeFor(TimeProviderNames.Grains);
        Validate(Collection);
        _isSystemTime = Time == TimeProvider.System;
        _timeouts = new(TimeFor(TimeProviderNames.Messaging));
        var chaos = services.GetRequiredService<IOptions<ChaosOptions>>().Value;
        _chaos = chaos.Enabled ? new(chaos, Time) : null;
        router.Silo = this;
    }

    public IServiceProvider Services { get; }

    public CallRouter Router { get; }

    public ILogger Logger { get; }

    public SiloMessagingOptions Messaging { get; }

    public GrainCollectionOptions Collection { get; }

    public IIncomingGrainCallFilter[] IncomingFilters { get; }

    public TimeProvider Time { get; }

    public TimeProvider GrainTime { get; }

    public ChaosMonkey? Chaos => _chaos;

    public bool IsRunning => _running;

    /// <summary>In milliseconds, for ages.</summary>
    public long Now => _isSystemTime ? Environment.TickCount64 : Time.GetTimestamp() / (Time.TimestampFrequency / 1000);

    public IEnumerable<Activation> Activations => _directory.Values.SelectMany(target => target switch
    {
        Activation activation => [activation],
        StatelessWorkers workers => workers.Workers,
        _ => Enumerable.Empty<Activation>(),
    });

    public Streams.StreamHub StreamsOf(string provider) => Services.GetRequiredKeyedService<Streams.StreamHub>(provider);

    public Activation? Find(GrainId id) => _directory.GetValueOrDefault(id) as Activation;

    public TimeProvider TimeFor(string area) => Services.GetKeyedService<TimeProvider>(area) ?? Services.GetService<TimeProvider>() ?? TimeProvider.System;

    public void Send(Call call)
    {
        if (!call.Method.OneWay)
        {
            _timeouts.Track(call, call.Method.Timeout ?? Messaging.ResponseTimeout);
        }

        if (_chaos is null)
        {
            Route(call);
        }
        else
        {
            _chaos.Deliver(call, this);
        }
    }

    public void Route(Call call)
    {
        var id = call.Target.GrainId;
        if (_directory.TryGetValue(id, out var target))
        {
            target.Receive(call);
        }
        else if (ObserverRegistry.IsObserver(id))
        {
            ObserverRegistry.Find(id)?.Receive(call);
        }
        else
        {
            _directory.GetOrAdd(id, Make).Receive(call);
        }
    }

    /// <summary>For a call whose activation ended before it was its turn.</summary>
    public void Forward(Call call)
    {
        try
        {
            if (call.CanMove)
            {
                Route(_running ? call : throw new SiloUnavailableException("The silo has stopped."));
            }
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    public void Remove(Activation activation) => _directory.TryRemove(new(activation.GrainId, activation));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var participant in Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>())
        {
            participant.Participate(_lifecycle);
        }

        _lifecycle.Subscribe("Calls", ServiceLifecycleStage.RuntimeServices, Open, Close);
        _lifecycle.Subscribe("Activations", ServiceLifecycleStage.GrainDeactivation, static _ => Task.CompletedTask, DeactivateAll);
        _collector = Time.CreateTimer(static silo => ((Silo)silo!).CollectIdle(), this, Collection.CollectionQuantum, Collection.CollectionQuantum);
        await _lifecycle.Start(cancellationToken);
        Log.Started(Logger);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_killed)
        {
            return;
        }

        await _lifecycle.Stop(cancellationToken, error => Log.StopFailed(Logger, error));
        Dispose();
        Log.Stopped(Logger);
    }

    /// <summary>As if the process had died: no grain is told.</summary>
    public void Kill()
    {
        _killed = true;
        _running = false;
        foreach (var activation in Activations.ToArray())
        {
            activation.Abandon();
        }

        _timeouts.FailAll(call => new SiloUnavailableException($"The silo died with {call}."));
        Dispose();
    }

    public void CollectIdle(TimeSpan? age = null)
    {
        foreach (var activation in Activations)
        {
            if (age is not null || !activation.Class.IsKeptAlive)
            {
                activation.DeactivateIfIdle(age ?? AgeOf(activation.Class));
            }
        }
    }

    public void Dispose()
    {
        _collector?.Dispose();
        _timeouts.Dispose();
    }

    private TimeSpan AgeOf(GrainClass grainClass) =>
        grainClass.Age ?? (Collection.ClassSpecificCollectionAge.TryGetValue(grainClass.Type.FullName!, out var age) ? age : Collection.CollectionAge);

    private static void Validate(GrainCollectionOptions options)
    {
        if (options.CollectionQuantum <= TimeSpan.Zero)
        {
            throw new OrleansConfigurationException($"CollectionQuantum is set to {options.CollectionQuantum}. It must be greater than 0.");
        }

        foreach (var (name, age) in options.ClassSpecificCollectionAge.Append(new(nameof(options.CollectionAge), options.CollectionAge)))
        {
            if (age <= options.CollectionQuantum)
            {
                throw new OrleansConfigurationException($"{name} is set to {age}. It must be greater than CollectionQuantum, which is {options.CollectionQuantum}.");
            }
        }
    }

    private ICallTarget Make(GrainId id)
    {
        if (_closing)
        {
            throw new SiloUnavailableException($"The silo is stopping and does not activate {id}.");
        }

        var grainClass = GrainClasses.Of(id.Type);
        return grainClass.IsStatelessWorker ? new StatelessWorkers(this, grainClass, id) : new Activation(this, grainClass, id);
    }

    private Task Open(CancellationToken token)
    {
        _running = true;
        return Task.CompletedTask;
    }

    private Task Close(CancellationToken token)
    {
        _running = false;
        _timeouts.FailAll(call => new SiloUnavailableException($"The silo stopped before {call} was answered."));
        return Task.CompletedTask;
    }

    private async Task DeactivateAll(CancellationToken token)
    {
        _closing = true;
        while (Activations.ToArray() is { Length: > 0 } activations && !token.IsCancellationRequested)
        {
            foreach (var activation in activations)
            {
                activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The silo is stopping."));
            }

            await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The embedded silo has started")]
        public static partial void Started(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "The embedded silo has stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "A part of the silo failed to stop")]
        public static partial void StopFailed(ILogger logger, Exception error);
    }
}
