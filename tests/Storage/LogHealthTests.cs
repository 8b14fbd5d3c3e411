using System.Threading.Channels;
using Chat.Grains.Storage;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

public sealed class LogHealthTests
{
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
    private readonly ManualTime _time = new();
    private readonly LogHealth _health;

    public LogHealthTests() => _health = Stores.Health(_time);

    [Fact]
    public void Outage_HasItsStartAndReason_UntilItIsOver()
    {
        var began = _time.GetUtcNow();

        _health.OnDown("first");
        _time.Advance(TimeSpan.FromSeconds(5));
        _health.OnDown("second");

        (_health.IsDown, _health.DownSince, _health.Reason).ShouldBe((true, began, "first"));
        _health.OnBack();
        (_health.IsDown, _health.DownSince, _health.Reason).ShouldBe((false, null, null));
    }

    [Fact]
    public async Task EveryChange_IsToldOnce_InOrder_AlsoAfterASubscriberThatThrows()
    {
        using var faulty = _health.Subscribe(() => throw new InvalidOperationException("A bug."), () => { });
        using var subscription = Subscribe("one");

        _health.OnBack();
        for (var outage = 0; outage < 20; outage++)
        {
            _health.OnDown("x");
            _health.OnDown("x");
            _health.OnBack();
            _health.OnBack();
        }

        for (var outage = 0; outage < 20; outage++)
        {
            (await Told()).ShouldBe("one down");
            (await Told()).ShouldBe("one back");
        }
    }

    [Fact]
    public async Task WhoHasLeft_IsToldNothing()
    {
        Subscribe("gone").Dispose();
        using var subscription = Subscribe("here");

        _health.OnDown("x");

        (await Told()).ShouldBe("here down");
    }

    [Fact]
    public async Task Subscriber_IsCalledOnItsScheduler_NotByWhoeverChangedIt()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var ran = new TaskCompletionSource<TaskScheduler>();
        using var subscription = _health.Subscribe(() => ran.SetResult(TaskScheduler.Current), () => { }, scheduler);
        var turn = Task.Factory.StartNew(
            () =>
            {
                _health.OnDown("x");
                ran.Task.IsCompleted.ShouldBeFalse();
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler);

        await turn;
        (await ran.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(scheduler);
    }

    private IDisposable Subscribe(string name) => _health.Subscribe(() => _told.Writer.TryWrite($"{name} down"), () => _told.Writer.TryWrite($"{name} back"));

    private Task<string> Told() => _told.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
}
