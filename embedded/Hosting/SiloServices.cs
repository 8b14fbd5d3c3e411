using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Activations;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

internal static class SiloServices
{
    public static void Add(IServiceCollection services, IConfiguration configuration, Action<ISiloBuilder> configureDelegate)
    {
        if (!services.Any(each => each.ServiceType == typeof(Silo)))
        {
            services.AddOptions();
            services.AddLogging();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<CallRouter>();
            services.AddSingleton<IClusterClient>(static provider => provider.GetRequiredService<CallRouter>());
            services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<CallRouter>());
            services.AddSingleton<Silo>();
            services.AddSingleton<ILocalSiloDetails, SiloDetails>();
            services.AddSingleton<IGrainContextAccessor, ContextAccessor>();
            services.AddHostedService(static provider => provider.GetRequiredService<Silo>());
        }

        configureDelegate(new SiloBuilder(services, configuration));
    }

    private sealed class ContextAccessor : IGrainContextAccessor
    {
        public IGrainContext GrainContext => RuntimeContext.Current!;
    }

    private sealed class SiloDetails(IOptions<ClusterOptions> cluster, IOptions<SiloOptions> silo) : ILocalSiloDetails
    {
        private static int _generations;

        public string Name { get; } = silo.Value.SiloName ?? "Silo_embedded";

        public string ClusterId => cluster.Value.ClusterId;

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 11111, Interlocked.Increment(ref _generations));

        public SiloAddress GatewayAddress => SiloAddress;
    }
}

public static class OrleansSiloServiceCollectionExtensions
{
    public static IServiceCollection AddOrleans(this IServiceCollection services, Action<ISiloBuilder> configureDelegate)
    {
        SiloServices.Add(services, new ConfigurationBuilder().Build(), configureDelegate);
        return services;
    }
}
