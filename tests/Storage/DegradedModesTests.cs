using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>What people meet while Postgres is ill, in every way in which it can be, and that it is over by itself when the cause is.</summary>
public sealed class DegradedModesTests(ProxiedServer server) : IClassFixture<ProxiedServer>, IAsyncLifetime
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private OutageWitness _ann = null!;

    public async ValueTask InitializeAsync() => _ann = await OutageWitness.Of(server);

    public ValueTask DisposeAsync() => _ann.DisposeAsync();

    [Fact]
    public Task Stopped() => Outage(server.Postgres.Freeze, server.Postgres.Thaw);

    [Fact]
    public Task Killed() => Outage(server.Postgres.Kill, server.Postgres.Restart);

    [Fact]
    public Task RefusingConnections() => Outage(server.Network.Refuse, () => Now(server.Network.Accept));

    [Fact]
    public Task Partitioned_WithoutAReset() => Outage(() => Now(server.Network.BlackHole), () => Now(server.Network.EndBlackHole));

    [Fact]
    public Task TooSlow() => Outage(() => Now(() => server.Network.DelayReplies(TimeSpan.FromSeconds(2))), () => Now(() => server.Network.DelayReplies(TimeSpan.Zero)));

    [Fact]
    public async Task Slow_Works()
    {
        await _ann.Send();
        server.Network.DelayReplies(TimeSpan.FromMilliseconds(300));
        try
        {
            for (var i = 0; i < 5; i++)
            {
                (await _ann.Send()).ShouldBeNull();
            }

            (await _ann.Ready()).ShouldBe((200, null));
        }
        finally
        {
            server.Network.DelayReplies(TimeSpan.Zero);
        }
    }

    private static Task Now(Action fault)
    {
        fault();
        return Task.CompletedTask;
    }

    private Task Outage(Func<Task> begin, Func<Task> end) => _ann.Sees(begin, end, HealLimit);
}
