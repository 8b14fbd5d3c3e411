using Chat.Api.Hubs;
using Microsoft.Extensions.Options;

namespace Chat.Api.Delivery;

/// <summary>Tells every client to sync, spread at random over a time: together they would be a storm.</summary>
internal sealed class SyncCall(Connections connections, EventFrames frames, EventDispatch dispatch, IOptions<FrontendOptions> options, TimeProvider time)
{
    private const int Slices = 20;

    public async Task ToAll(CancellationToken cancellationToken)
    {
        var all = connections.All.ToArray();
        Random.Shared.Shuffle(all);
        var frame = frames.Of(new SyncNeeded());
        foreach (var slice in all.Chunk(Math.Max(1, (all.Length + Slices - 1) / Slices)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(options.Value.SyncSpreadMs / (double)Slices), time, cancellationToken);
            Array.ForEach(slice, c => dispatch.Tell(c, frame));
        }
    }
}
