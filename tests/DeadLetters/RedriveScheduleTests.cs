using Chat.Grains.DeadLetters;
using Shouldly;
using Xunit;

namespace Chat.Tests.DeadLetters;

public sealed class RedriveScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly RedriveSchedule _schedule = new(new DeadLetterOptions { MaxRedrives = 4, FirstRedriveSeconds = 60, LongestRedriveSeconds = 300 });

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 120)]
    [InlineData(2, 240)]
    [InlineData(3, 300)]
    public void Each_wait_is_twice_the_last_up_to_the_longest(int redrives, int seconds) =>
        _schedule.Next(Now, DeadLetter.StorageError, redrives, random: 0).ShouldBe(Now.AddSeconds(seconds));

    [Theory]
    [InlineData(0.5, 45)]
    [InlineData(1, 30)]
    public void Jitter_takes_off_up_to_half(double random, int seconds) =>
        _schedule.Next(Now, DeadLetter.StorageError, 0, random).ShouldBe(Now.AddSeconds(seconds));

    [Fact]
    public void It_ends_with_the_last_redrive() => _schedule.Next(Now, DeadLetter.StorageError, 4, 0).ShouldBeNull();

    [Theory]
    [InlineData(DeadLetter.Poison)]
    [InlineData(DeadLetter.NotAMember)]
    [InlineData("idempotency_mismatch")]
    public void What_cannot_pass_waits_for_an_operator(string reason) => _schedule.Next(Now, reason, 0, 0).ShouldBeNull();

    [Fact]
    public void However_often_it_was_redriven_a_wait_is_a_time() =>
        new RedriveSchedule(new DeadLetterOptions { MaxRedrives = 100 }).Next(Now, DeadLetter.StorageError, 99, 0).ShouldBe(Now.AddHours(1));

    [Fact]
    public void The_alarm_rises_once_and_falls_once()
    {
        var alarm = new DepthAlarm(threshold: 2);

        new long[] { 0, 2, 3, 9, 3, 2, 0, 3 }.Select(alarm.Note).ShouldBe([null, null, true, null, null, false, null, true]);
    }
}
