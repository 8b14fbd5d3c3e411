using Chat.Api.Delivery;
using Chat.Api.Endpoints;
using Chat.Api.Hubs;
using Chat.Api.Wire;
using Chat.Grains;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Chat.Api.Hosting;

/// <summary>What the frontend is made of, and the order in which a request goes through it.</summary>
internal static class EdgeHosting
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(40);

    public static void AddChatEdge(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddChatOptions<EdgeOptions>(EdgeOptions.Section, o => o.Fault());
        services.AddChatOptions<ClientConnectionOptions>(ClientConnectionOptions.Section, o => o.Fault());
        services.AddChatOptions<FrontendOptions>(FrontendOptions.Section, o => o.Fault());
        services.AddChatOptions<SendLaneOptions>(SendLaneOptions.Section, o => o.Fault());
        builder.ConfigureLimits();
        builder.AddQuietLogging();
        services.AddRest();
        services.AddHub();
        services.AddDelivery();
        services.AddDrain();
    }

    public static void UseChatEdge(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value;
        app.UseMiddleware<ErrorResponses>();
        app.UseSecurityHeaders();
        app.UsePlainBodies();
        app.UseMiddleware<OriginRule>([options.AllowedOrigins]);
        app.UseCors(policy => policy.WithOrigins(options.AllowedOrigins).AllowAnyHeader().AllowAnyMethod().AllowCredentials());
        app.UseWhen(IsHub, hub => hub
            .Use(app.Services.GetRequiredService<OpenSockets>().Hold)
            .Use(app.Services.GetRequiredService<FrameLimit>().Hold));
        app.UseWebClient();
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapChatHub(this WebApplication app) => app.MapHub<ChatHub>(EdgePaths.Hub, hub =>
    {
        hub.Transports = HttpTransportType.WebSockets;
        hub.CloseOnAuthenticationExpiration = true;
    });

    /// <summary>Where every resource goes; what holds for all of them is said here.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app) =>
        app.MapGroup("").AddEndpointFilter(HttpAnswers.SetRetryAfter).ProducesProblem(StatusCodes.Status400BadRequest);

    private static bool IsHub(HttpContext context) => context.Request.Path.StartsWithSegments(EdgePaths.Hub, StringComparison.OrdinalIgnoreCase);

    private static void ConfigureLimits(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls("http://localhost:8080");
        }

        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            var edge = context.Configuration.GetSection(EdgeOptions.Section).Get<EdgeOptions>() ?? new EdgeOptions();
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = edge.MaxRequestBytes;
            kestrel.Limits.MaxRequestHeaderCount = 100;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MaxConcurrentUpgradedConnections = edge.MaxConnections;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
    }

    private static void AddRest(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => WireJson.Apply(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi();
        services.AddCors();

        // Authentication brings it along for cookies, which nobody bakes here; its service would write keys into the home folder.
        foreach (var keys in services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Assembly.GetName().Name == "Microsoft.AspNetCore.DataProtection").ToArray())
        {
            services.Remove(keys);
        }
    }

    private static void AddHub(this IServiceCollection services)
    {
        services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = 32 * 1024;
            hub.EnableDetailedErrors = false;
        }).AddJsonProtocol(json => WireJson.Apply(json.PayloadSerializerOptions));
        services.AddOptions<HubOptions>().Configure<IOptions<SendLaneOptions>, IOptions<ClientConnectionOptions>>((hub, sends, connections) =>
        {
            hub.MaximumParallelInvocationsPerClient = sends.Value.ParallelInvocations;
            hub.HandshakeTimeout = TimeSpan.FromMilliseconds(connections.Value.HandshakeTimeoutMs);
        });
        services.AddSingleton<FrameLimit>();
        services.AddSingleton<HubLifetimeManager<ChatHub>, ConnectionLifetime>();
        services.AddSingleton<Intake>();
    }

    internal static void AddDelivery(this IServiceCollection services)
    {
        services.AddSingleton<Connections>();
        services.AddSingleton<ConnectionCloser>();
        services.AddSingleton<EdgeInstruments>();
        services.AddSingleton<EventFrames>();
        services.AddSingleton<EventDispatch>();
        services.AddSingleton<DegradedNotice>();
        services.AddSingleton<FrontendIncarnation>();
        services.AddSingleton<PresenceLink>();
        services.AddSingleton<SyncCall>();
        services.AddSingleton<DeliveryStream>();
        services.AddHostedService(provider => provider.GetRequiredService<DeliveryStream>());
    }

    private static void AddDrain(this IServiceCollection services)
    {
        services.AddSingleton<OpenSockets>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<IHostLifetime, DrainOnSignal>();
    }
}
