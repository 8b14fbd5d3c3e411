using System.Diagnostics.Metrics;
using Chat.Api.Delivery;
using Chat.Api.Hubs;
using Chat.Api.Wire;
using Chat.Conversations;
using Chat.Delivery;
using Chat.Presence;
using Chat.Tests.Support;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

/// <summary>A frontend's ear on a real silo; what a silo would publish, the test publishes.</summary>
public sealed class DeliveryStreamTests : IAsyncLifetime
{
    private static readonly Guid Ada = new("00000000-0000-0000-0000-00000000000a");

    private readonly PipeConnection _client = new(pauseAt: 65_536);
    private ServiceProvider _services = null!;
    private ChatCluster _cluster = null!;

    private FrontendIncarnation Incarnation => _services.GetRequiredService<FrontendIncarnation>();

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChatCluster.Start();
        _services = Frontend();
        Connect();
        await _services.GetRequiredService<DeliveryStream>().StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.GetRequiredService<DeliveryStream>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Events_in_order_reach_the_socket_and_doubled_ones_do_not()
    {
        await Publish(1, Message("one"));
        await Publish(1, Message("one"));
        await Publish(2, Message("two"));

        (await NextFrame()).ShouldContain("\"content\":\"one\"");
        (await NextFrame()).ShouldContain("\"content\":\"two\"");
    }

    [Fact]
    public async Task A_lost_event_brings_a_new_incarnation_its_users_and_a_call_to_sync()
    {
        var before = Incarnation.Id;
        await Publish(1, Message("one"));
        await Publish(3, Message("three"));

        (await NextFrame()).ShouldContain("\"content\":\"one\"");
        (await NextFrame()).ShouldContain("\"content\":\"three\"");
        (await NextFrame()).ShouldContain(nameof(IChatClient.SyncNeeded));
        Incarnation.Id.ShouldNotBe(before);
        (await _cluster.Client.GetGrain<IUserPresenceGrain>(Ada).WatchRoutes(Guid.Empty)).ShouldContain(Incarnation.Id);

        await Publish(1, Message("four"));
        (await NextFrame()).ShouldContain("\"content\":\"four\"");
    }

    [Fact]
    public async Task A_lost_last_event_shows_by_the_repeated_number()
    {
        await Publish(1);
        (await NextFrame()).ShouldContain(nameof(IChatClient.SyncNeeded));
    }

    private async Task<string> NextFrame()
    {
        if (_frames.Count == 0)
        {
            Array.ForEach(await _client.ReadSome(), _frames.Enqueue);
        }

        return _frames.Dequeue();
    }

    private readonly Queue<string> _frames = new();

    private Task Publish(long number, params ServerEvent[] events) => _cluster.Client
        .GetStreamProvider(DeliveryStreams.Provider)
        .GetStream<DeliveryBatch>(StreamId.Create(DeliveryStreams.Namespace, Incarnation.Id))
        .OnNextAsync(new DeliveryBatch("test", number, Array.ConvertAll(events, e => new EventDelivery(e, [Ada])), []));

    private static ConversationEvent Message(string content) => new()
    {
        ConversationId = Guid.Empty,
        Sequence = 1,
        Kind = EntryKind.Message,
        Content = content,
        SentAt = DateTimeOffset.UnixEpoch,
    };

    private void Connect()
    {
        var outbox = new ConnectionOutbox(_client.Hub, new ClientConnectionOptions(), TimeProvider.System);
        _services.GetRequiredService<Connections>().Add(new ClientConnection("c1", Ada, outbox, null!));
    }

    private ServiceProvider Frontend()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton(_cluster.Client).AddSingleton<IGrainFactory>(_cluster.Client);
        services.AddSignalR().AddJsonProtocol(json => WireJson.Apply(json.PayloadSerializerOptions));
        services.Configure<FrontendOptions>(o => (o.RenewMs, o.SyncSpreadMs) = (100, 1));
        Chat.Api.Hosting.EdgeHosting.AddDelivery(services);
        return services.BuildServiceProvider();
    }
}
