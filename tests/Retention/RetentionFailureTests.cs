using System.Security.Cryptography;
using Chat.Conversations;
using Chat.Grains.Retention;
using Chat.Grains.Storage;
using Chat.Retention;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

/// <summary>What fails, dies or stands in the way.</summary>
public sealed class RetentionFailureTests(PostgresFixture postgres, ITestOutputHelper output) : IAsyncLifetime
{
    private RetentionBed _bed = null!;

    public async ValueTask InitializeAsync() => _bed = await RetentionBed.Make(postgres);

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task An_archive_folder_that_is_missing_deletes_nothing()
    {
        await _bed.Conversation(91, 91, 1);
        _bed.Options.ArchiveFolder = Path.Combine(_bed.Folder, "missing");

        await ShouldDeleteNothing(await _bed.Run());
    }

    [Fact]
    public async Task A_full_disk_deletes_nothing_and_leaves_no_file()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        var (log, _) = await _bed.Conversation(91, 91, 1);
        var id = Guid.CreateVersion7();
        File.CreateSymbolicLink(Path.Combine(_bed.Folder, RetentionArchive.NameOf(id, 1) + ".partial"), "/dev/full");

        var archive = new RetentionArchive(_bed.Folder);
        await Should.ThrowAsync<ArchiveFailedException>(() => _bed.Store().Read([new LogRange(log, 0, 2)], archive, RetentionArchive.NameOf(id, 1)));

        Directory.GetFiles(_bed.Folder).ShouldBeEmpty();
        (await _bed.Rows()).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_file_that_is_there_already_is_not_written_over()
    {
        await _bed.Conversation(91, 91, 1);
        var id = Guid.CreateVersion7();
        await File.WriteAllTextAsync(Path.Combine(_bed.Folder, RetentionArchive.NameOf(id, 1)), "another's");

        await ShouldDeleteNothing(await _bed.Run(id: id));
        (await File.ReadAllTextAsync(Path.Combine(_bed.Folder, RetentionArchive.NameOf(id, 1)))).ShouldBe("another's");
    }

    [Fact]
    public async Task Killed_between_archive_and_delete_the_next_run_loses_nothing()
    {
        var (id, _) = await _bed.Conversation(93, 92, 91, 1);
        var killed = _bed.Begin();
        await _bed.Records.Begin(killed);
        await _bed.Store().Read([new LogRange(id, 0, 3)], new RetentionArchive(_bed.Folder), RetentionArchive.NameOf(killed.Id, 1));
        await File.WriteAllTextAsync(Path.Combine(_bed.Folder, RetentionArchive.NameOf(killed.Id, 2) + ".partial"), "half a fi");
        var before = await _bed.Rows();

        var report = await _bed.Run();

        (report.Outcome, report.DeletedRows).ShouldBe((RunOutcome.Completed, 3));
        (await _bed.Sequences(id)).ShouldBe([4]);
        _bed.Archived().GroupBy(line => line).ShouldAllBe(g => g.Count() == 2);
        _bed.Archived().Distinct().ShouldBe(before[..3], ignoreOrder: true);
        Directory.GetFiles(_bed.Folder, "*.partial").ShouldBeEmpty();
        (await _bed.Records.Latest(2)).Select(r => r.Outcome).ShouldBe([RunOutcome.Completed, RunOutcome.Interrupted]);
    }

    [Fact]
    public async Task Stopped_between_two_batches_the_next_run_goes_on()
    {
        var (id, _) = await _bed.Conversation(95, 94, 93, 92, 91, 1);
        _bed.Options.BatchSize = 2;
        using var stopping = new CancellationTokenSource();

        var stopped = await _bed.Run(onTrimmed: _ => stopping.CancelAsync(), stop: stopping.Token);
        (stopped.Outcome, stopped.DeletedRows).ShouldBe((RunOutcome.Interrupted, 2));
        (await _bed.Sequences(id)).ShouldBe([3, 4, 5, 6]);

        (await _bed.Run()).DeletedRows.ShouldBe(3);
        (await _bed.Sequences(id)).ShouldBe([6]);
        _bed.Archived().Length.ShouldBe(5);
    }

    [Fact]
    public async Task A_row_that_somebody_holds_is_waited_for_no_longer_than_locks_are_held()
    {
        var (id, _) = await _bed.Conversation(91, 91);
        await using var other = await _bed.Data.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"select from conversations where id = '{id}' for update", other))
        {
            await command.ExecuteNonQueryAsync();
        }

        var report = await _bed.Run();

        (report.Outcome, report.DeletedRows).ShouldBe((RunOutcome.Failed, 0));
        (await _bed.Rows()).Length.ShouldBe(2);
        await transaction.RollbackAsync();
        (await _bed.Run()).DeletedRows.ShouldBe(2);
    }

    [Fact]
    public async Task Who_appends_waits_for_no_deletion()
    {
        var (id, members) = await _bed.Conversation();
        await _bed.Fill(id, 50_000, 100);
        _bed.Options.MaxLockMs = 200;
        _bed.Options.PauseMs = 10;
        var quiet = await Appends(id, members, 50_000, () => false, 100);

        var run = Task.Run(() => new RetentionRun(_bed.Store(), _bed.Records, Microsoft.Extensions.Options.Options.Create(_bed.Options), TimeProvider.System)
            .Execute(_bed.Begin(), new RunRetention(false), _ => Task.CompletedTask, default));
        var waits = Task.Run(() => LongestLockWait(() => run.IsCompleted));
        var busy = await Appends(id, members, 50_100, () => run.IsCompleted, int.MaxValue);
        var report = await run;

        var (p99, before, wait) = (busy[busy.Count * 99 / 100], quiet[quiet.Count * 99 / 100], await waits);
        output.WriteLine($"{busy.Count} appends while 50,000 entries went: p50 {busy[busy.Count / 2]:0.0} ms, p99 {p99:0.0} ms, alone {before:0.0} ms; longest lock wait seen {wait:0.0} ms");
        (report.Outcome, report.DeletedRows).ShouldBe((RunOutcome.Completed, 50_000), report.Reason);
        busy.Count.ShouldBeGreaterThan(100);
        wait.ShouldBeLessThan(200);
        p99.ShouldBeLessThan(Math.Max(200, 5 * before));
    }

    [Fact]
    public async Task Cursors_stay_and_unread_is_what_a_recount_gives()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var members = new List<(Guid Conversation, Guid User)>();
        for (var i = 0; i < 12; i++)
        {
            var ages = Enumerable.Range(0, random.Next(40)).Select(_ => random.NextDouble() * 180).ToArray();
            var (id, users) = await _bed.Conversation(random.Next(3) == 0 ? ages : ages.OrderDescending().ToArray());
            members.AddRange(users.Select(u => (id, u)));
            await _bed.Log.MoveReadCursors(id, [.. users.Select(u => (u, random.NextInt64(ages.Length + 1)))]);
            await _bed.Execute($"update members set joined_sequence = {random.Next(ages.Length + 1)} where conversation_id = '{id}' and user_id = '{users[1]}'");
        }

        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-30):O}' where sequence % 5 = {random.Next(5)}");
        await ShouldEqualARecount(members);
        var cursors = await Cursors();
        var entries = (await _bed.Rows()).Length;
        _bed.Options.BatchSize = random.Next(1, 30);

        var report = await _bed.Run();

        report.DeletedRows.ShouldBe(entries - (await _bed.Rows()).Length);
        (await Cursors()).ShouldBe(cursors);
        await ShouldEqualARecount(members);
        (await _bed.Scalar<long>("select count(*) from conversations c where c.last_sequence - c.trimmed_through <> (select count(*) from messages m where m.conversation_id = c.id)")).ShouldBe(0);
    }

    private async Task ShouldDeleteNothing(RetentionReport report)
    {
        (report.Outcome, report.DeletedRows).ShouldBe((RunOutcome.Failed, 0));
        report.Reason.ShouldNotBeNull().ShouldStartWith("The archive could not be written");
        (await _bed.Rows()).Length.ShouldBe(3);
        Directory.GetFiles(_bed.Folder, "*.partial").ShouldBeEmpty();
    }

    private async Task ShouldEqualARecount(List<(Guid Conversation, Guid User)> members)
    {
        foreach (var (id, user) in members)
        {
            var item = (await _bed.Inbox.Items(user, [id])).Single();
            var me = item.Members.Single(m => m.UserId == user);
            var log = await _bed.Log.Read(id, 0, long.MaxValue, 1_000, newest: false);
            var unread = log.Count(e => e.Event is { Kind: EntryKind.Message, Deleted: null } && e.Event.SenderId != user
                && e.Event.Sequence > me.ReadSequence && e.Event.Sequence > me.JoinedSequence);
            item.Unread.ShouldBe(unread);
        }
    }

    private Task<string> Cursors() => _bed.Scalar<string>("select string_agg(user_id || ':' || read_sequence || ':' || joined_sequence, ' ' order by conversation_id, user_id) from members");

    /// <summary>Milliseconds of each, ascending.</summary>
    private async Task<List<double>> Appends(Guid id, Guid[] members, long head, Func<bool> done, int most)
    {
        var took = new List<double>();
        while (!done() && took.Count < most)
        {
            var entry = Samples.Message(id, ++head, members[0]);
            var started = TimeProvider.System.GetTimestamp();
            (await _bed.Log.Append([entry with { Event = entry.Event with { SentAt = _bed.Time.GetUtcNow() } }]))[id].ShouldBe(AppendResult.Committed);
            took.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        took.Sort();
        return took;
    }

    private async Task<double> LongestLockWait(Func<bool> done)
    {
        var longest = 0d;
        await using var connection = await _bed.Data.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            select coalesce(max(extract(epoch from clock_timestamp() - l.waitstart)) * 1000, 0)::float8
            from pg_locks l join pg_database d on d.oid = l.database or l.database is null
            where d.datname = current_database() and not l.granted and l.waitstart is not null
            """,
            connection);
        while (!done())
        {
            longest = Math.Max(longest, (double)(await command.ExecuteScalarAsync())!);
        }

        return longest;
    }
}
