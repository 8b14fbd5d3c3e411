using Chat.Grains.Presence;
using Chat.Presence;
using Shouldly;
using Xunit;

namespace Chat.Tests.Presence;

public sealed class ConnectionLeasesTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private readonly ConnectionLeases _leases = new(new PresenceOptions());

    [Fact]
    public void Closing_one_of_two_tabs_leaves_the_user_online()
    {
        _leases.Attach("f", "one", Start);
        _leases.Attach("f", "two", Start);
        _leases.Detach("f", "one", At(1));

        _leases.StatusAt(At(40)).ShouldBe(PresenceStatus.Online);
    }

    [Fact]
    public void The_last_connection_leaves_a_grace()
    {
        _leases.Attach("f", "one", Start);
        _leases.Detach("f", "one", At(10));

        _leases.StatusAt(At(24)).ShouldBe(PresenceStatus.Online);
        _leases.StatusAt(At(26)).ShouldBe(PresenceStatus.Offline);
    }

    [Fact]
    public void A_dead_frontend_takes_its_connections_along()
    {
        _leases.Attach("dead", "one", Start);
        _leases.Expire(_ => false, At(5));

        _leases.Frontends.ShouldBeEmpty();
        _leases.StatusAt(At(21)).ShouldBe(PresenceStatus.Offline);
    }

    [Fact]
    public void Without_a_heartbeat_a_user_is_away_and_then_gone()
    {
        _leases.Attach("f", "one", Start);

        _leases.StatusAt(At(61)).ShouldBe(PresenceStatus.Away);
        _leases.Expire(_ => true, At(301));
        _leases.StatusAt(At(317)).ShouldBe(PresenceStatus.Offline);
        _leases.Frontends.ShouldBe(["f"], "its socket is still a way to the user");
    }

    [Fact]
    public void A_heartbeat_without_activity_never_lifts_away()
    {
        _leases.Attach("f", "one", Start);
        for (var second = 30; second <= 330; second += 30)
        {
            _leases.Heartbeat("f", "one", active: false, At(second));
        }

        _leases.StatusAt(At(331)).ShouldBe(PresenceStatus.Away);
        _leases.Heartbeat("f", "one", active: true, At(332));
        _leases.StatusAt(At(333)).ShouldBe(PresenceStatus.Online);
    }

    [Fact]
    public void Busy_holds_while_connected()
    {
        _leases.Attach("f", "one", Start);
        _leases.Choose(PresenceStatus.Busy);

        _leases.StatusAt(At(120)).ShouldBe(PresenceStatus.Busy);
    }

    private static DateTimeOffset At(int seconds) => Start.AddSeconds(seconds);
}
