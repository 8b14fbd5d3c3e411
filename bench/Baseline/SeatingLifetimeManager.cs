using System.Collections.Immutable;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chat.Bench.Baseline;

/// <summary>Seats a connection at its conversation. The token is `user.conversation`: nothing is authenticated here.</summary>
internal sealed class SeatingLifetimeManager(Conversations conversations)
    : DefaultHubLifetimeManager<BaselineHub>(NullLogger<DefaultHubLifetimeManager<BaselineHub>>.Instance)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        var token = connection.GetHttpContext()!.Request.Query["access_token"].ToString().Split('.');
        var seat = conversations.Get(Guid.Parse(token[1])).SeatOf(Guid.Parse(token[0]));
        connection.Items[Seat.Key] = seat;
        ImmutableInterlocked.Update(ref seat.Connections, static (all, added) => all.Add(added), connection);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        var seat = (Seat)connection.Items[Seat.Key]!;
        ImmutableInterlocked.Update(ref seat.Connections, static (all, gone) => all.Remove(gone), connection);
        return base.OnDisconnectedAsync(connection);
    }
}
