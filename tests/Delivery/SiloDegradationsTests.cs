using Chat.Api.Delivery;
using Chat.Delivery;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

public sealed class SiloDegradationsTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    private readonly ManualTime _time = new();
    private readonly SiloDegradations _silos;

    public SiloDegradationsTests() => _silos = new SiloDegradations(Silence, _time);

    [Fact]
    public void Begins_AndEnds_Once()
    {
        var storage = Since(1);

        Hear("a", storage).ShouldBe((1, 0));
        Hear("a", storage).ShouldBe((0, 0));
        Hear("a").ShouldBe((0, 1));
        Hear("a").ShouldBe((0, 0));
    }

    [Fact]
    public void SeveralSilos_AreOneOutage_SinceTheFirstOfThem_UntilTheLastIsWell()
    {
        Hear("a", Since(5)).ShouldBe((1, 0));
        Hear("b", Since(2)).ShouldBe((0, 0));
        _silos.Current.ShouldBe([Since(2)]);

        Hear("b").ShouldBe((0, 0));
        _silos.Current.ShouldBe([Since(5)]);

        Hear("a").ShouldBe((0, 1));
        _silos.Current.ShouldBeEmpty();
    }

    [Fact]
    public void ASiloThatIsWell_DoesNotEndTheOutageOfAnother()
    {
        Hear("a", Since(1));

        Hear("b").ShouldBe((0, 0));

        _silos.Current.ShouldBe([Since(1)]);
    }

    [Fact]
    public void ASiloThatVanishes_HasNoSay_OnceAnotherIsHeardAfterItsSilence()
    {
        Hear("gone", Since(1));
        _time.Advance(Silence);
        Hear("b").ShouldBe((0, 0));

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Hear("b").ShouldBe((0, 1));
    }

    [Fact]
    public void DifferentParts_BeginAndEndByThemselves()
    {
        Hear("a", Since(1), Since(2, "search")).ShouldBe((2, 0));

        Hear("a", Since(2, "search")).ShouldBe((0, 1));

        _silos.Current.ShouldBe([Since(2, "search")]);
    }

    private static Degradation Since(int second, string what = DegradedParts.Storage) => new(what, DateTimeOffset.UnixEpoch.AddSeconds(second));

    private (int Began, int Over) Hear(string silo, params Degradation[] degraded)
    {
        var (began, over) = _silos.On(silo, degraded);
        return (began.Length, over.Length);
    }
}
