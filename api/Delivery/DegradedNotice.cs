using Chat.Api.Hubs;
using Chat.Delivery;
using Microsoft.Extensions.Options;

namespace Chat.Api.Delivery;

/// <summary>Tells every connection of this frontend what is degraded: when it begins, when it is over, and when they open meanwhile.</summary>
internal sealed class DegradedNotice(
    Connections connections, EventDispatch dispatch, EventFrames frames, EdgeInstruments instruments, IOptions<FrontendOptions> options, TimeProvider time)
{
    // Held while connections are told, so that nobody hears of an end before its beginning. Nobody waits in it: outboxes take or refuse.
    private readonly Lock _gate = new();
    private readonly SiloDegradations _silos = new(TimeSpan.FromMilliseconds(options.Value.SilenceMs), time);

    public Degradation[] Current
    {
        get
        {
            lock (_gate)
            {
                return _silos.Current;
            }
        }
    }

    public void On(DeliveryBatch batch)
    {
        lock (_gate)
        {
            var (began, over) = _silos.On(batch.Publisher, batch.Degraded);
            foreach (var degraded in (Degraded[])[.. began.Select(Begun), .. over.Select(d => new Degraded(d.What, null))])
            {
                instruments.OnDegraded(degraded.What, degraded.Since is not null);
                var frame = frames.Of(degraded);
                foreach (var connection in connections.All)
                {
                    dispatch.Tell(connection, frame);
                }
            }
        }
    }

    /// <summary>A connection that is in the table already.</summary>
    public void Welcome(ClientConnection connection)
    {
        lock (_gate)
        {
            Array.ForEach(_silos.Current, d => dispatch.Tell(connection, frames.Of(Begun(d))));
        }
    }

    private static Degraded Begun(Degradation d) => new(d.What, d.Since);
}
