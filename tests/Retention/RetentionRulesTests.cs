using Chat.Grains.Retention;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

public sealed class RetentionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly RetentionOptions _options = new();

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(20, 100, null)]
    [InlineData(21, 100, "share_exceeded")]
    [InlineData(1, 1, "share_exceeded")]
    public void A_share_above_the_limit_is_refused(long due, long total, string? reason) =>
        RetentionRules.Refusal(Now, Now - Day, due, total, _options).ShouldBe(reason);

    [Fact]
    public void A_clock_behind_the_last_run_is_refused()
    {
        RetentionRules.Refusal(Now, Now.AddTicks(1), 0, 100, _options).ShouldBe("clock_went_back");
        RetentionRules.Refusal(Now, Now, 0, 100, _options).ShouldBeNull();
        RetentionRules.Refusal(Now, null, 0, 100, _options).ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_deleted_without_a_place_for_the_archive()
    {
        RetentionRules.KeepsEntries(new RetentionOptions()).ShouldBe("no_archive_folder");
        RetentionRules.KeepsEntries(new RetentionOptions { ArchiveFolder = "/a" }).ShouldBeNull();
        RetentionRules.KeepsEntries(new RetentionOptions { Archive = false }).ShouldBeNull();
    }

    [Fact]
    public void Restarts_neither_put_a_run_off_nor_bring_it_on()
    {
        RetentionRules.NextRun(Now, null, Day).ShouldBe(TimeSpan.FromMinutes(1));
        RetentionRules.NextRun(Now, Now.AddHours(-3), Day).ShouldBe(TimeSpan.FromHours(21));
        RetentionRules.NextRun(Now, Now.AddDays(-3), Day).ShouldBe(TimeSpan.FromMinutes(1));
        RetentionRules.NextRun(Now, Now.AddYears(3), Day).ShouldBe(Day);
    }

    [Fact]
    public void A_batch_takes_small_logs_together_and_a_large_one_in_parts()
    {
        var (one, two) = (Guid.CreateVersion7(Now), Guid.CreateVersion7(Now));
        var batch = new RetentionBatch(10);

        batch.Take(new LogRange(one, 5, 9)).Count.ShouldBe(0);
        batch.IsFull.ShouldBeFalse();
        batch.Take(new LogRange(two, 0, 20)).ShouldBe(new LogRange(two, 6, 20));
        batch.IsFull.ShouldBeTrue();
        batch.Take(new LogRange(one, 0, 1)).ShouldBe(new LogRange(one, 0, 1));
        batch.Ranges.ShouldBe([new LogRange(one, 5, 9), new LogRange(two, 0, 6)]);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_by_name()
    {
        new RetentionOptions().Fault().ShouldBeNull();
        new RetentionOptions { KeepDays = 0 }.Fault().ShouldNotBeNull().ShouldStartWith("Chat:Retention:KeepDays is 0;");
        new RetentionOptions { MaxShare = double.NaN }.Fault().ShouldNotBeNull().ShouldStartWith("Chat:Retention:MaxShare");
        new RetentionOptions { ArchiveFolder = "archive" }.Fault().ShouldNotBeNull().ShouldStartWith("Chat:Retention:ArchiveFolder is archive;");
    }
}
