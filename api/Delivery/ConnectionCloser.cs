using Chat.Api.Hubs;
using Microsoft.Extensions.Options;

namespace Chat.Api.Delivery;

/// <summary>Ends connections with a reason that the client hears, where its socket still drains.</summary>
internal sealed partial class ConnectionCloser(EventFrames frames, IOptions<ClientConnectionOptions> options, EdgeInstruments instruments, ILogger<ConnectionCloser> logger)
{
    /// <summary>Does not wait: the connection ends within its grace.</summary>
    public void Close(ClientConnection connection, string reason) => _ = End(connection, reason);

    private async Task End(ClientConnection connection, string reason)
    {
        if (await connection.Outbox.Close(Farewell(reason), dropWaiting: reason == ClosingReasons.SlowConsumer))
        {
            instruments.OnClosed(reason);
            LogClosed(logger, connection.Id, reason);
        }
    }

    public EventFrame Farewell(string reason) => frames.Of(new Closing(reason, options.Value.RetryAfterMs + Random.Shared.Next(options.Value.RetryAfterMs)));

    [LoggerMessage(LogLevel.Information, "Connection {ConnectionId} was closed: {Reason}.")]
    private static partial void LogClosed(ILogger logger, string connectionId, string reason);
}
