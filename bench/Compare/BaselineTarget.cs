using System.Diagnostics;
using Chat.Bench.Load;

namespace Chat.Bench.Compare;

internal sealed class BaselineTarget(int lanes) : ITarget
{
    public string Name => "baseline";

    public ProcessStartInfo StartInfo(int port, string connectionString) => new(Environment.ProcessPath!)
    {
        ArgumentList = { "baseline", port.ToString(), lanes.ToString(), connectionString },
    };

    public Task<Cast> Prepare(int port)
    {
        var now = TimeProvider.System.GetUtcNow();
        var pairs = Cast.Places.Select(place => new PlannedPair(Guid.CreateVersion7(now), place.First, place.Second)).ToArray();
        var users = pairs.SelectMany(pair => new[] { UserOf(pair), UserOf(pair) }).ToArray();
        return Task.FromResult(new Cast(users, pairs));

        PlannedUser UserOf(PlannedPair pair)
        {
            var id = Guid.CreateVersion7(now);
            return new PlannedUser(id, $"{id}.{pair.ConversationId}");
        }
    }
}
