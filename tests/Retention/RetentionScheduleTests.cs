using Chat.Grains.Retention;
using Chat.Retention;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

public sealed class RetentionScheduleTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_reminder_is_there_after_every_start_and_knows_the_last_run()
    {
        var database = await postgres.CreateDatabase();
        await using (var first = await ChatCluster.Start(postgres: database))
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            var reminder = (await Reminder(first)).ShouldNotBeNull();
            reminder.Period.ShouldBe(TimeSpan.FromHours(24));
            reminder.StartAt.ShouldBe(now.AddMinutes(1), TimeSpan.FromMinutes(1));
        }

        await using (var data = NpgsqlDataSource.Create(database))
        {
            await using var command = data.CreateCommand(
                "insert into retention_runs (id, outcome, dry_run, started_at, ended_at, cut_off, purge_cut_off) values (gen_random_uuid(), 1, false, now() - interval '3 hours', now() - interval '3 hours', now(), now())");
            await command.ExecuteNonQueryAsync();
        }

        await using var second = await ChatCluster.Start(postgres: database);
        (await Reminder(second)).ShouldNotBeNull().StartAt.ShouldBe(TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(21), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Switched_off_there_is_no_reminder_and_operators_still_may()
    {
        await using var cluster = await ChatCluster.Start(services => services.PostConfigure<RetentionOptions>(o => o.Enabled = false), await postgres.CreateDatabase());

        (await Reminder(cluster)).ShouldBeNull();
        (await Retention(cluster).Run(Guid.CreateVersion7(), new RunRetention(DryRun: true))).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task The_reminder_runs_it()
    {
        await using var cluster = await ChatCluster.Start(postgres: await postgres.CreateDatabase());

        await cluster.Client.GetGrain<IRemindable>(Retention(cluster).GetGrainId()).ReceiveReminder("retention", default);

        var report = (await Retention(cluster).Reports()).Value!.Items.ShouldHaveSingleItem();
        (report.Outcome, report.Reason, report.ForcedBy).ShouldBe((RunOutcome.Refused, "no_archive_folder", null));
    }

    [Fact]
    public async Task In_memory_there_is_nothing_to_retain()
    {
        await using var cluster = await ChatCluster.Start();

        (await Retention(cluster).Run(Guid.CreateVersion7(), new RunRetention(DryRun: false))).Refusal!.Reason.ShouldBe("needs_postgres");
        (await Reminder(cluster)).ShouldBeNull();
    }

    private static IRetentionGrain Retention(ChatCluster cluster) => cluster.Client.GetGrain<IRetentionGrain>(0);

    private static Task<ReminderEntry?> Reminder(ChatCluster cluster) =>
        cluster.Services.GetRequiredService<IReminderTable>().ReadRow(Retention(cluster).GetGrainId(), RetentionGrain.Reminder);
}
