using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Activations;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly List<InProcessSiloHandle> _silos = [];
    private IHost? _clientHost;
    private CallRouter? _client;

    internal InProcessTestCluster(InProcessTestClusterOptions options)
    {
        Options = options;
    }

    public InProcessTestClusterOptions Options { get; }

    public IClusterClient Client => _client ?? throw new InvalidOperationException("The cluster is not deployed.");

    public ReadOnlyCollection<InProcessSiloHandle> Silos => _silos.AsReadOnly();

    private Silo Silo => _silos.Count == 1 ? _silos[0].Silo : throw new InvalidOperationException("There is no silo.");

    public async Task DeployAsync()
    {
        await StartSilo();
        if (Options.InitializeClientOnDeploy)
        {
            await InitializeClientAsync();
        }
    }

    public async Task InitializeClientAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddOptions();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<CallRouter>();
        builder.Services.AddSingleton<IClusterClient>(static services => services.GetRequiredService<CallRouter>());
        builder.Services.AddSingleton<IGrainFactory>(static services => services.GetRequiredService<CallRouter>());
        foreach (var configure in Options.ClientHosts)
        {
            configure(builder);
        }

        _clientHost = builder.Build();
        _client = _clientHost.Services.GetRequiredService<CallRouter>();
        _client.Silo = _silos.FirstOrDefault()?.Silo;
        await _clientHost.StartAsync();
    }

    public Task<InProcessSiloHandle> StartAdditionalSiloAsync() => throw new NotSupportedException("A second silo: the embedded engine has one.");

    public Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart) => throw new NotSupportedException("A second silo: the embedded engine has one.");

    public Task MigrateAsync(IAddressable grain, SiloAddress? targetSilo = null) => throw new NotSupportedException("Migration: the embedded engine has one silo.");

    public async Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle? instance)
    {
        if (instance is null)
        {
            return null;
        }

        await StopSiloAsync(instance);
        var handle = await StartSilo();
        if (_client is not null)
        {
            _client.Silo = handle.Silo;
        }

        return handle;
    }

    public async Task StopSiloAsync(InProcessSiloHandle instance)
    {
        await instance.StopSiloAsync(stopGracefully: true);
        _silos.Remove(instance);
    }

    public async Task KillSiloAsync(InProcessSiloHandle instance)
    {
        await instance.StopSiloAsync(stopGracefully: false);
        _silos.Remove(instance);
    }

    public async Task StopAllSilosAsync()
    {
        await StopClusterClientAsync();
        await StopSilosAsync();
    }

    public async Task StopSilosAsync()
    {
        foreach (var silo in _silos.ToArray())
        {
            await StopSiloAsync(silo);
        }
    }

    public async Task StopClusterClientAsync()
    {
        if (_clientHost is { } host)
        {
            _clientHost = null;
            await host.StopAsync();
        }
    }

    public async Task KillClientAsync()
    {
        if (_clientHost is { } host)
        {
            _clientHost = null;
            _client!.Vanish();
            await host.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => Task.CompletedTask;

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) => Silo.Services;

    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => _silos.Find(silo => silo.SiloAddress.Equals(siloAddress));

    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => _silos.Where(silo => silo.IsActive);

    public bool TryGetGrainContext(GrainId grainId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IGrainContext? grainContext)
    {
        grainContext = Silo.Find(grainId);
        return grainContext is not null;
    }

    public Task DeactivateAsync(IAddressable grain) => DeactivateAsync(grain.GetGrainId());

    public async Task DeactivateAsync(GrainId grainId)
    {
        if (Silo.Find(grainId) is { } activation)
        {
            activation.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "The test deactivates the grain."));
            await activation.Deactivated;
        }
    }

    public Task WaitForDeactivationAsync(IAddressable grain) => WaitForDeactivationAsync(grain.GetGrainId());

    public Task WaitForDeactivationAsync(GrainId grainId) => Silo.Find(grainId)?.Deactivated ?? Task.CompletedTask;

    public string GetLog() => "";

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await StopAllSilosAsync();
        _clientHost?.Dispose();
    }

    private async Task<InProcessSiloHandle> StartSilo()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        var options = new InProcessTestSiloSpecificOptions();
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (Options.ClusterId, Options.ServiceId))
            .Configure<SiloOptions>(silo => silo.SiloName = options.SiloName));
        foreach (var configure in Options.SiloHosts)
        {
            configure(options, builder);
        }

        var handle = new InProcessSiloHandle(builder.Build(), options.SiloName);
        await handle.SiloHost.StartAsync();
        _silos.Add(handle);
        return handle;
    }
}
