using Chat.Api.Delivery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Chat.Api.Hosting;

/// <summary>Ends a socket whose client floods it with frames. It sits below the WebSocket, because pings and empty frames are answered and dropped there.</summary>
internal sealed partial class FrameLimit(IOptions<ClientConnectionOptions> options, EdgeInstruments instruments, TimeProvider time, ILogger<FrameLimit> logger)
{
    public Task Hold(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            context.Features.Set<IHttpUpgradeFeature>(new Upgrade(upgrade, stream => Meter(stream, context)));
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect(connect, stream => Meter(stream, context)));
        }

        return next(context);
    }

    private MeteredStream Meter(Stream stream, HttpContext context) => new(stream, new FrameMeter(options.Value.MaxFramesPerSecond, time), () =>
    {
        instruments.OnClosed("frame_flood");
        LogFlood(logger, context.Connection.Id, options.Value.MaxFramesPerSecond);
        context.Abort();
    });

    [LoggerMessage(LogLevel.Warning, "Connection {ConnectionId} was ended: more than {Limit} frames a second.")]
    private static partial void LogFlood(ILogger logger, string connectionId, int limit);

    private sealed class Upgrade(IHttpUpgradeFeature inner, Func<Stream, Stream> meter) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => meter(await inner.UpgradeAsync());
    }

    private sealed class ExtendedConnect(IHttpExtendedConnectFeature inner, Func<Stream, Stream> meter) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => inner.IsExtendedConnect;

        public string? Protocol => inner.Protocol;

        public async ValueTask<Stream> AcceptAsync() => meter(await inner.AcceptAsync());
    }
}
