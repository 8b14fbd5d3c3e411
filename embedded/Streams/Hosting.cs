using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Activations;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Streams;

namespace Orleans.Hosting;

public interface INamedServiceConfigurator
{
    string Name { get; }

    Action<Action<IServiceCollection>> ConfigureDelegate { get; }
}

public interface IPersistentStreamConfigurator : INamedServiceConfigurator;

public interface ISiloPersistentStreamConfigurator : IPersistentStreamConfigurator;

public interface ISiloRecoverableStreamConfigurator : ISiloPersistentStreamConfigurator;

public interface IMemoryStreamConfigurator : INamedServiceConfigurator;

public interface ISiloMemoryStreamConfigurator : IMemoryStreamConfigurator, ISiloRecoverableStreamConfigurator;

public interface IClusterClientMemoryStreamConfigurator : IMemoryStreamConfigurator, IPersistentStreamConfigurator;

public static class MemoryStreamExtensions
{
    public static ISiloBuilder AddMemoryStreams(this ISiloBuilder builder, string name, Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        configure?.Invoke(new Configurator(name, builder.Services));
        builder.Services.AddKeyedSingleton<StreamHub>(name, static (services, name) =>
            new(services.GetRequiredService<Silo>(), (string)name!, services.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>()));
        AddProvider(builder.Services, name);
        return builder;
    }

    public static IClientBuilder AddMemoryStreams(this IClientBuilder builder, string name, Action<IClusterClientMemoryStreamConfigurator>? configure = null)
    {
        configure?.Invoke(new Configurator(name, builder.Services));
        AddProvider(builder.Services, name);
        return builder;
    }

    public static ISiloBuilder AddStreaming(this ISiloBuilder builder) => builder;

    private static void AddProvider(IServiceCollection services, string name) =>
        services.TryAddKeyedSingleton<IStreamProvider>(name, static (services, name) => new MemoryStreamProvider((string)name!, services.GetRequiredService<CallRouter>()));

    private sealed class Configurator(string name, IServiceCollection services) : ISiloMemoryStreamConfigurator, IClusterClientMemoryStreamConfigurator
    {
        public string Name => name;

        public Action<Action<IServiceCollection>> ConfigureDelegate => configure => configure(services);
    }
}

public static class StreamConfiguratorExtensions
{
    public static void ConfigurePartitioning(this IMemoryStreamConfigurator configurator, int numOfQueues = 8) =>
        Configure<HashRingStreamQueueMapperOptions>(configurator, options => options.Configure(each => each.TotalQueueCount = numOfQueues));

    public static void ConfigureStreamPubSub(
        this IPersistentStreamConfigurator configurator, StreamPubSubType pubsubType = StreamPubSubType.ExplicitGrainBasedAndImplicit) =>
        Configure<StreamPubSubOptions>(configurator, options => options.Configure(each => each.PubSubType = pubsubType));

    public static void ConfigurePullingAgent(this ISiloPersistentStreamConfigurator configurator, Action<OptionsBuilder<StreamPullingAgentOptions>>? configureOptions = null) =>
        Configure(configurator, configureOptions);

    public static void ConfigureCacheEviction(this ISiloRecoverableStreamConfigurator configurator, Action<OptionsBuilder<StreamCacheEvictionOptions>> configureOptions) =>
        Configure(configurator, configureOptions);

    private static void Configure<TOptions>(INamedServiceConfigurator configurator, Action<OptionsBuilder<TOptions>>? configureOptions)
        where TOptions : class =>
        configurator.ConfigureDelegate(services => configureOptions?.Invoke(services.AddOptions<TOptions>(configurator.Name)));
}
