using Chat.Api.Hubs;
using Chat.Presence;
using Microsoft.Extensions.Options;
using Orleans;

namespace Chat.Api.Delivery;

/// <summary>Tells users' presence where their connections are. A connection that presence does not know of gets no events, so it is closed instead.</summary>
internal sealed partial class PresenceLink(
    IGrainFactory grains,
    FrontendIncarnation incarnation,
    Connections connections,
    ConnectionCloser closer,
    IOptions<ClientConnectionOptions> options,
    ILogger<PresenceLink> logger)
{
    private readonly SemaphoreSlim _announcements = new(options.Value.ParallelAnnouncements);

    public Task Connect(ClientConnection connection) => Announce(connection.UserId, [connection]);

    public async Task Disconnect(ClientConnection connection)
    {
        try
        {
            await Presence(connection.UserId).Detach(incarnation.Id, connection.Id);
        }
        catch (Exception lost) when (GrainAnswers.IsOutage(lost))
        {
            // Its lease ends by itself.
            LogNotDetached(logger, connection.Id, lost.GetType().Name);
        }
    }

    public Task Heartbeat(ClientConnection connection, bool active) => Presence(connection.UserId).Heartbeat(incarnation.Id, connection.Id, active);

    public async Task<Answer<UserPresence>> SetStatus(Guid userId, PresenceStatus status) => status == PresenceStatus.Offline
        ? Refusal.Invalid("status takes online, away or busy.", "invalid_status")
        : await Presence(userId).SetStatus(status);

    public Task<UserPresence> Get(Guid userId) => Presence(userId).Get();

    /// <summary>Every connection of this frontend again, under its new id.</summary>
    public Task AnnounceAll() => Task.WhenAll(connections.ByUser.Select(user => Announce(user.Key, user.Value)));

    private async Task Announce(Guid userId, ClientConnection[] mine)
    {
        await _announcements.WaitAsync();
        try
        {
            await Presence(userId).Attach(incarnation.Id, Array.ConvertAll(mine, c => c.Id));
        }
        catch (Exception lost) when (GrainAnswers.IsOutage(lost))
        {
            LogNotAttached(logger, mine.Length, lost.GetType().Name);
            Array.ForEach(mine, c => closer.Close(c, ClosingReasons.Unavailable));
        }
        finally
        {
            _announcements.Release();
        }
    }

    private IUserPresenceGrain Presence(Guid userId) => grains.GetGrain<IUserPresenceGrain>(userId);

    [LoggerMessage(LogLevel.Warning, "{Connections} connections of a user are closed, because presence does not answer ({Reason}).")]
    private static partial void LogNotAttached(ILogger logger, int connections, string reason);

    [LoggerMessage(LogLevel.Warning, "Presence was not told that connection {ConnectionId} ended ({Reason}).")]
    private static partial void LogNotDetached(ILogger logger, string connectionId, string reason);
}
