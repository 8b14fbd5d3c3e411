using Chat.Conformance.Reminders;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;
using Xunit;

[assembly: AssemblyFixture(typeof(Chat.Conformance.ConformanceCluster))]

namespace Chat.Conformance;

/// <summary>One silo and one client, shared by the tests that do not need a cluster of their own.</summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    public const string Streams = "events";

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IClusterClient Client => Cluster.Client;

    public static InProcessTestCluster Build(Action<ISiloBuilder>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault();
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddMemoryStreams(Streams, streams =>
            {
                streams.ConfigurePartitioning(2);
                streams.ConfigurePullingAgent(agent => agent.Configure(options =>
                {
                    options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10);
                    options.MaxEventDeliveryTime = TimeSpan.FromSeconds(5);
                }));
            });
            silo.AddReminders();
            silo.Services.AddSingleton<IReminderTable>(new SharedReminderTable());
            silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(100));
            configure?.Invoke(silo);
        });
        builder.ConfigureClient(client => client.AddMemoryStreams(Streams, streams => streams.ConfigurePartitioning(2)));
        return builder.Build();
    }

    /// <summary>A client that is connected while its only silo restarts may fail calls for a while: this one comes after.</summary>
    public static async Task Restart(InProcessTestCluster cluster)
    {
        await cluster.StopClusterClientAsync();
        await cluster.RestartSiloAsync(cluster.Silos[0]);
        await cluster.InitializeClientAsync();
    }

    public async ValueTask InitializeAsync()
    {
        Cluster = Build();
        await Cluster.DeployAsync();
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
