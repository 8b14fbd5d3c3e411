using System.Net;
using System.Net.Sockets;
using Chat.Delivery;
using Chat.Grains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Chat.Silo;

/// <summary>Hosts the grains: the same wiring for a silo of its own and for the one process that is everything.</summary>
public static class SiloHosting
{
    /// <summary>The setting that names the database.</summary>
    public const string Postgres = "Postgres";

#if CHAT_ORLEANS
    private const int Partitions = 4;
#endif

    public static IHostApplicationBuilder AddChatSilo(this IHostApplicationBuilder builder)
    {
        var postgres = ConnectionString(builder.Configuration);
        builder.Services.AddChatGrains(postgres);
        if (postgres is not null)
        {
            // Hosted services start in this order: the schema, then the silo.
            builder.Services.AddHostedService<SchemaAtStart>();
        }

        builder.Services.AddChatOptions<SiloOptions>(SiloOptions.Section, o => o.Fault());
        builder.UseOrleans(silo => silo.UseOneProcess(builder.Configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new SiloOptions()));
        return builder;
    }

    private static string? ConnectionString(IConfiguration configuration)
    {
        if (configuration.GetConnectionString(Postgres) is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            return new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (ArgumentException malformed)
        {
            throw new StartException($"ConnectionStrings:Postgres is not a connection string ({malformed.Message}) Example: Host=127.0.0.1;Database=chat;Username=chat;Password=...", malformed);
        }
    }

    private static void UseOneProcess(this ISiloBuilder silo, SiloOptions options)
    {
        silo.UseLocalhostClustering(PortOf(options.SiloPort), PortOf(options.GatewayPort));
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(options.ResponseTimeoutSeconds));
        silo.UseChatStreams();
        silo.UseInMemoryReminderService();
    }

    /// <summary>Streams are hints and the log is the truth: they stay in memory. What they need to lose less is set here.</summary>
    public static ISiloBuilder UseChatStreams(this ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorage("PubSubStore");
#if CHAT_ORLEANS
        silo.AddMemoryStreams(DeliveryStreams.Provider, streams =>
        {
            streams.ConfigurePartitioning(Partitions);
            streams.ConfigurePullingAgent(agent => agent.Configure(o =>
            {
                o.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10);
                o.BatchContainerBatchSize = 64;
                o.MaxEventDeliveryTime = TimeSpan.FromSeconds(5);
            }));
            streams.ConfigureCacheEviction(cache => cache.Configure(o =>
            {
                o.DataMinTimeInCache = TimeSpan.FromSeconds(10);
                o.DataMaxAgeInCache = TimeSpan.FromSeconds(60);
                o.MetadataMinTimeInCache = TimeSpan.FromHours(1);
            }));
        });
#else
        silo.AddMemoryStreams(DeliveryStreams.Provider);
#endif
        return silo;
    }

    /// <summary>A client's part of it: the partitions must be the silos'.</summary>
    public static IClientBuilder UseChatStreams(this IClientBuilder client)
    {
#if CHAT_ORLEANS
        client.AddMemoryStreams(DeliveryStreams.Provider, streams => streams.ConfigurePartitioning(Partitions));
#else
        client.AddMemoryStreams(DeliveryStreams.Provider);
#endif
        return client;
    }

    private static int PortOf(int port)
    {
        if (port != 0)
        {
            return port;
        }

        using var any = new TcpListener(IPAddress.Loopback, 0);
        any.Start();
        return ((IPEndPoint)any.LocalEndpoint).Port;
    }
}
