using Chat.Grains.Retention;
using Chat.Retention;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

public sealed class RetentionRunTests(PostgresFixture postgres) : IAsyncLifetime
{
    private RetentionBed _bed = null!;

    public async ValueTask InitializeAsync() => _bed = await RetentionBed.Make(postgres);

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Entries_past_their_time_go_and_none_that_is_younger()
    {
        var (mixed, _) = await _bed.Conversation(200, 91, 90.1, 89.9, 1);
        var (young, _) = await _bed.Conversation(89, 0);
        var (old, _) = await _bed.Conversation(91, 91, 91);

        var report = await _bed.Run();

        (report.Outcome, report.DeletedRows, report.DueRows, report.LogRows, report.Conversations).ShouldBe((RunOutcome.Completed, 6, 6, 10, 2));
        (await _bed.Sequences(mixed)).ShouldBe([4, 5]);
        (await _bed.Sequences(young)).ShouldBe([1, 2]);
        (await _bed.Sequences(old)).ShouldBeEmpty();
        (await _bed.Log.Load(mixed, 10))!.TrimmedThrough.ShouldBe(3);
        (await _bed.Log.Load(old, 10))!.Conversation.Head.ShouldBe(3);
    }

    [Fact]
    public async Task A_clock_that_jumped_tears_no_hole_into_a_log()
    {
        var (id, _) = await _bed.Conversation(100, 1, 100, 100);

        await _bed.Run();

        (await _bed.Sequences(id)).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task A_log_that_was_trimmed_goes_on_at_its_head_and_is_trimmed_again()
    {
        var (id, members) = await _bed.Conversation(91, 91);
        await _bed.Run();
        await _bed.Append(id, members, 2, 60, 0);
        _bed.Time.Advance(TimeSpan.FromDays(31));

        var report = await _bed.Run();

        (report.Outcome, report.DeletedRows).ShouldBe((RunOutcome.Completed, 1));
        (await _bed.Sequences(id)).ShouldBe([4]);
        (await _bed.Log.Load(id, 10))!.TrimmedThrough.ShouldBe(3);
    }

    [Fact]
    public async Task The_archive_has_the_rows_that_were_deleted()
    {
        for (var i = 0; i < 7; i++)
        {
            await _bed.Conversation(95, 94, 93, 1);
        }

        _bed.Options.BatchSize = 5;
        var before = await _bed.Rows();

        var report = await _bed.Run();

        var deleted = before.Except(await _bed.Rows()).ToArray();
        deleted.Length.ShouldBe(21);
        _bed.Archived().ShouldBe(deleted);
        (report.ArchivedRows, report.ArchiveFiles).ShouldBe((21, 5));
        Directory.GetFiles(_bed.Folder).ShouldAllBe(f => Path.GetFileName(f).StartsWith($"{report.Id}", StringComparison.Ordinal) && f.EndsWith(".jsonl.gz", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_deleted_is_archived_without_its_content()
    {
        var (id, _) = await _bed.Conversation(91, 91);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow():O}' where conversation_id = '{id}' and sequence = 1");

        await _bed.Run();

        _bed.Archived().Select(line => line.Contains("text", StringComparison.Ordinal) && line.Contains("\"content\": null", StringComparison.Ordinal)).ShouldBe([true, false]);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_counts_the_same()
    {
        var (id, _) = await _bed.Conversation(95, 94, 93, 1);
        var (held, _) = await _bed.Conversation(95);
        await _bed.Hold(held);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-8):O}' where conversation_id = '{id}' and sequence = 4");
        _bed.Options.BatchSize = 2;
        var before = await _bed.Rows();

        var foretold = await _bed.Run(dryRun: true);
        (await _bed.Rows()).ShouldBe(before);
        Directory.GetFiles(_bed.Folder).ShouldBeEmpty();
        (await _bed.Log.Load(id, 1))!.TrimmedThrough.ShouldBe(0);
        var done = await _bed.Run();

        foretold.ShouldBe(done with { Id = foretold.Id, DryRun = true });
        (done.DeletedRows, done.PurgedContents, done.HeldConversations, done.ArchiveFiles).ShouldBe((3, 1, 1, 2));
        (await _bed.Records.Latest(10)).ShouldBe([done, foretold]);
    }

    [Fact]
    public async Task A_held_conversation_loses_nothing_until_it_is_released()
    {
        var (held, _) = await _bed.Conversation(100, 100);
        var (free, _) = await _bed.Conversation(100);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-20):O}' where sequence = 1");
        await _bed.Hold(held);

        var first = await _bed.Run();
        (await _bed.Sequences(held)).ShouldBe([1, 2]);
        (await _bed.Scalar<long>($"select count(*) from messages where conversation_id = '{held}' and content is not null")).ShouldBe(2);
        (await _bed.Sequences(free)).ShouldBeEmpty();
        (await _bed.Records.Release(held, Samples.NewId(), "over", _bed.Time.GetUtcNow())).ShouldBeTrue();
        var second = await _bed.Run();

        (first.HeldConversations, first.DeletedRows, second.HeldConversations, second.DeletedRows).ShouldBe((1, 1, 0, 2));
        (await _bed.Sequences(held)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hold_that_comes_while_a_run_goes_on_is_respected()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await _bed.Conversation(100, 100)).Id);
        }

        ids.Sort((a, b) => string.CompareOrdinal($"{a}", $"{b}"));
        _bed.Options.BatchSize = 2;
        var store = _bed.Store();
        var entries = await store.Read([.. ids.Select(id => new LogRange(id, 0, 2))], null, "");
        await _bed.Hold(ids[1]);

        (await store.Trim(entries)).ShouldBe(TrimResult.Held);
        (await _bed.Rows()).Length.ShouldBe(6);

        // The run finds out after its first batch that the second may not go.
        await _bed.Records.Release(ids[1], Samples.NewId(), "over", _bed.Time.GetUtcNow());
        var report = await _bed.Run(onTrimmed: async trimmed =>
        {
            if (trimmed[0].ConversationId == ids[0])
            {
                await _bed.Hold(ids[1]);
            }
        });

        report.DeletedRows.ShouldBe(4);
        (await _bed.Sequences(ids[1])).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task An_entry_that_changed_since_it_was_read_is_not_deleted()
    {
        var (id, _) = await _bed.Conversation(100, 100);
        var store = _bed.Store();
        var entries = await store.Read([new LogRange(id, 0, 2)], null, "");
        await _bed.Execute($"update messages set content = 'edited' where conversation_id = '{id}' and sequence = 2");

        (await store.Trim(entries)).ShouldBe(TrimResult.Changed);
        (await store.Trim(entries[1..])).ShouldBe(TrimResult.Changed);
        (await _bed.Sequences(id)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Only_the_beginning_of_a_log_can_be_deleted()
    {
        var (id, _) = await _bed.Conversation(100, 100, 100);
        var store = _bed.Store();
        var entries = await store.Read([new LogRange(id, 0, 3)], null, "");

        (await store.Trim(entries[1..])).ShouldBe(TrimResult.Changed);
        (await store.Trim([entries[0], entries[2]])).ShouldBe(TrimResult.Changed);
        (await _bed.Sequences(id)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Too_large_a_share_is_refused_unless_forced()
    {
        var (id, _) = await _bed.Conversation(91, 91, 91, 1, 1, 1, 1, 1, 1, 1);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-8):O}' where sequence = 10");
        _bed.Options.MaxShare = 0.2;

        var refused = await _bed.Run();
        (await _bed.Rows()).Length.ShouldBe(10);
        (refused.Outcome, refused.Reason, refused.DueRows, refused.DeletedRows, refused.PurgedContents).ShouldBe((RunOutcome.Refused, "share_exceeded", 3, 0, 0));
        var forced = await _bed.Run(force: true);

        (forced.Outcome, forced.DeletedRows, forced.PurgedContents).ShouldBe((RunOutcome.Completed, 3, 1));
        (await _bed.Sequences(id))[0].ShouldBe(4);
    }

    [Fact]
    public async Task A_clock_that_went_back_is_refused_unless_forced()
    {
        await _bed.Conversation(91, 91);
        var late = new ManualTime();
        late.Advance(TimeSpan.FromHours(2));
        await _bed.Records.Begin(_bed.Begin() with { StartedAt = late.GetUtcNow() });

        var refused = await _bed.Run();
        (refused.Outcome, refused.Reason).ShouldBe((RunOutcome.Refused, "clock_went_back"));
        (await _bed.Rows()).Length.ShouldBe(2);
        (await _bed.Run(force: true)).DeletedRows.ShouldBe(2);

        // The forced run is the last one now: its clock is believed.
        (await _bed.Run()).Outcome.ShouldBe(RunOutcome.Completed);
    }

    [Fact]
    public async Task Without_an_archive_folder_entries_stay_and_deleted_content_goes()
    {
        var (id, _) = await _bed.Conversation(91, 1);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-8):O}' where conversation_id = '{id}' and sequence = 2");
        _bed.Options.ArchiveFolder = "";

        var report = await _bed.Run();
        (report.Outcome, report.Reason, report.DeletedRows, report.PurgedContents).ShouldBe((RunOutcome.Refused, "no_archive_folder", 0, 1));
        (await _bed.Sequences(id)).ShouldBe([1, 2]);

        _bed.Options.Archive = false;
        (await _bed.Run()).DeletedRows.ShouldBe(1);
        (await _bed.Sequences(id)).ShouldBe([2]);
    }

    [Fact]
    public async Task Purged_messages_keep_their_row_their_key_and_their_hash()
    {
        var (id, members) = await _bed.Conversation(30, 30, 30);
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-7.1):O}' where conversation_id = '{id}' and sequence = 1");
        await _bed.Execute($"update messages set deleted_at = '{_bed.Time.GetUtcNow().AddDays(-6.9):O}' where conversation_id = '{id}' and sequence = 2");
        _bed.Options.BatchSize = 1;
        var hashes = (await _bed.Log.Read(id, 0, 4, 4, newest: false)).Select(e => (e.Event.ClientMessageId, Convert.ToHexString(e.ContentHash!))).ToArray();

        (await _bed.Run()).PurgedContents.ShouldBe(1);

        (await _bed.Scalar<long[]>($"select array_agg(sequence order by sequence) from messages where content is null")).ShouldBe([1]);
        (await _bed.Log.Read(id, 0, 4, 4, newest: false)).Select(e => (e.Event.ClientMessageId, Convert.ToHexString(e.ContentHash!))).ShouldBe(hashes);
        (await _bed.Run()).PurgedContents.ShouldBe(0);
    }
}
