using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Npgsql;

namespace Chat.Bench.Baseline;

/// <summary>The practical limit to compare with: a bare SignalR hub with group commit into Postgres. No actors, no authentication, no membership, no idempotency but the index.</summary>
internal static class BaselineServer
{
    public static async Task Run(int port, string connectionString, int lanes)
    {
        await using var database = new NpgsqlSlimDataSourceBuilder(connectionString).EnableArrays().Build();
        await CreateSchema(database);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http1));
        builder.Services.AddSingleton(new CommitLanes(database, lanes));
        builder.Services.AddSingleton<Conversations>();
        builder.Services.AddSingleton<HubLifetimeManager<BaselineHub>, SeatingLifetimeManager>();
        builder.Services
            .AddSignalR(hub =>
            {
                hub.MaximumParallelInvocationsPerClient = 16;
                hub.DisableImplicitFromServicesParameters = true;
            })
            .AddJsonProtocol(json => json.PayloadSerializerOptions.TypeInfoResolverChain.Insert(0, BaselineJson.Default));

        var app = builder.Build();
        app.MapHub<BaselineHub>("/hubs/chat", options => options.Transports = HttpTransportType.WebSockets);
        await app.RunAsync();
    }

    private static async Task CreateSchema(NpgsqlDataSource database)
    {
        using var script = new StreamReader(typeof(BaselineServer).Assembly.GetManifestResourceStream("baseline.sql")!);
        await using var command = database.CreateCommand(await script.ReadToEndAsync());
        await command.ExecuteNonQueryAsync();
    }
}

internal sealed record BaselineSend(Guid ConversationId, string ClientMessageId, string Content);

internal sealed record BaselineReceipt(bool Ok, Guid MessageId, Guid ConversationId, long Sequence, DateTimeOffset SentAt, bool Duplicate, string Durability);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaselineSend))]
[JsonSerializable(typeof(BaselineReceipt))]
internal sealed partial class BaselineJson : JsonSerializerContext;
