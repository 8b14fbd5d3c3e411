using Chat.Api.Auth;
using Chat.Api.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Orleans;

namespace Chat.Api.Delivery;

/// <summary>Where SignalR's connections become ours, and where they end.</summary>
internal sealed class ConnectionLifetime(
    Connections connections,
    ConnectionCloser closer,
    DegradedNotice degraded,
    IGrainFactory grains,
    Intake intake,
    EdgeInstruments instruments,
    IOptions<ClientConnectionOptions> options,
    IOptions<SendLaneOptions> sendOptions,
    TimeProvider time,
    ILogger<DefaultHubLifetimeManager<ChatHub>> logger,
    ILogger<SendLanes> sendsLogger) : DefaultHubLifetimeManager<ChatHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        var userId = connection.User.UserId();
        var mine = new ClientConnection(
            connection.ConnectionId,
            userId,
            new ConnectionOutbox(connection, options.Value, time),
            new SendLanes(userId, grains, intake, sendOptions.Value, sendsLogger));
        mine.AttachTo(connection.Items);
        connections.Add(mine);
        instruments.OnConnected();
        if (intake.Refusal is not null)
        {
            closer.Close(mine, ClosingReasons.Drain);
        }

        degraded.Welcome(mine);
        CloseOldest(userId);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        connections.Remove(ClientConnection.Of(connection.Items));
        instruments.OnDisconnected();
        return base.OnDisconnectedAsync(connection);
    }

    private void CloseOldest(Guid userId)
    {
        var open = connections.Of(userId);
        foreach (var oldest in open[..Math.Max(0, open.Length - options.Value.MaxPerUser)])
        {
            closer.Close(oldest, ClosingReasons.TooManyConnections);
        }
    }
}
