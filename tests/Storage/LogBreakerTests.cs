using Chat.Grains.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

public sealed class LogBreakerTests
{
    private readonly LogBreaker _breaker = new();

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 4)]
    public void Opens_WhenTheCallAndTheProbesBehindItFailedSoOften(int failures, int probes)
    {
        _breaker.OnOutage();
        for (var probe = 1; probe < probes; probe++)
        {
            _breaker.OnProbed(answered: false, failures);
            _breaker.State.ShouldBe(LogState.Suspected);
        }

        _breaker.OnProbed(answered: false, failures);

        _breaker.State.ShouldBe(LogState.Open);
    }

    [Fact]
    public void OneProbeIsAskedFor_HoweverManyCallsFail()
    {
        _breaker.OnOutage().ShouldBeTrue();
        _breaker.OnOutage().ShouldBeFalse();
        Open();
        _breaker.OnOutage().ShouldBeFalse();
    }

    [Fact]
    public void ACommit_EndsASuspicion_AndTheNextOneCountsFromTheStart()
    {
        _breaker.OnOutage();
        _breaker.OnProbed(answered: false, failures: 3);
        _breaker.OnCommitted();
        _breaker.State.ShouldBe(LogState.Closed);

        _breaker.OnOutage().ShouldBeTrue();
        _breaker.OnProbed(answered: false, failures: 3);

        _breaker.State.ShouldBe(LogState.Suspected);
    }

    [Fact]
    public void ACommit_DoesNotEndAnOutage_AProbeDoes()
    {
        Open();
        _breaker.OnCommitted();
        _breaker.State.ShouldBe(LogState.Open);

        _breaker.OnProbed(answered: false, failures: 2);
        _breaker.State.ShouldBe(LogState.Open);

        _breaker.OnProbed(answered: true, failures: 2);
        _breaker.State.ShouldBe(LogState.Closed);
    }

    [Fact]
    public void AProbeThatAnswers_EndsASuspicion()
    {
        _breaker.OnOutage();

        _breaker.OnProbed(answered: true, failures: 2);

        _breaker.State.ShouldBe(LogState.Closed);
    }

    private void Open()
    {
        _breaker.OnOutage();
        _breaker.OnProbed(answered: false, failures: 2);
        _breaker.State.ShouldBe(LogState.Open);
    }
}
