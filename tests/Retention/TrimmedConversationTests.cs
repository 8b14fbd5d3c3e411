using Chat.Conversations;
using Chat.Grains.Storage;
using Chat.Retention;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Retention;

/// <summary>What members see of a conversation whose beginning went, while it is awake and after it slept.</summary>
public sealed class TrimmedConversationTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const int Entries = 300;
    private const int Old = 250;

    private readonly string _folder = Directory.CreateTempSubdirectory("chat-archive-").FullName;
    private ChatCluster _cluster = null!;
    private Guid _ann;
    private Guid _bob;
    private Guid _id;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChatCluster.Start(
            services => services.PostConfigure<Grains.Retention.RetentionOptions>(o => (o.ArchiveFolder, o.MaxShare, o.PauseMs, o.MaxLockMs) = (_folder, 1, 0, 5_000)),
            await postgres.CreateDatabase());
        (_ann, _bob) = await _cluster.Register("ann", "bob") is [var ann, var bob] ? (ann, bob) : default;
        _id = await _cluster.OpenDirect(_ann, _bob);
        (await Send(_ann, Enumerable.Range(1, Entries))).ShouldAllBe(r => r.Ok);
        await Execute($"update messages set sent_at = sent_at - interval '91 days' where sequence <= {Old}");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_position_before_the_beginning_is_told_to_load_anew(bool asleep)
    {
        await Trim(asleep);

        foreach (var after in new long[] { 0, 1, Old - 1 })
        {
            var sync = (await Conversation.Sync(_bob, after, 100)).Value!;
            (sync.Resync, sync.Head, sync.Through, sync.More, sync.Events.Length).ShouldBe((true, Entries, Entries, false, 0));
        }

        var enough = (await Conversation.Sync(_bob, Old, 100)).Value!;
        (enough.Resync, enough.Events[0].Sequence, enough.Through).ShouldBe((false, Old + 1, Entries));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task History_ends_at_the_beginning_of_the_log(bool asleep)
    {
        await Trim(asleep);

        (await Page(before: null)).ShouldBe((Old + 1, Entries, false));
        (await Page(before: Old + 11)).ShouldBe((Old + 1, Old + 10, false));
        (await Page(before: Old + 61)).ShouldBe((Old + 1, Entries, false));
        (await Page(before: 10)).ShouldBe((null, null, false));
        (await Page(after: 0)).ShouldBe((Old + 1, Entries, false));
        (await Page(after: Old + 10)).ShouldBe((Old + 11, Entries, false));
        (await Page(around: 3, limit: 20)).ShouldBe((Old + 1, Old + 20, true));
        (await Page(around: Entries - 1, limit: 20)).ShouldBe((Entries - 11, Entries, false));
    }

    [Fact]
    public async Task What_the_conversation_was_not_told_shows_as_the_beginning()
    {
        // The rows went, and the conversation is awake and believes that its log begins at 1.
        await Execute("delete from messages where sequence <= 60; update conversations set trimmed_through = 60");

        (await Page(before: 91, limit: 50)).ShouldBe((61, 90, false));
        (await Conversation.Sync(_bob, 0, 100)).Value!.Resync.ShouldBeTrue();
        (await Page(after: 0)).ShouldBe((61, 160, true));
    }

    [Fact]
    public async Task An_awake_conversation_forgets_what_went()
    {
        // All but the last one, so within the hot window.
        await Execute($"update messages set sent_at = sent_at - interval '91 days' where sequence between {Old + 1} and {Entries - 1}");
        (await Page(before: Entries)).ShouldBe((Entries - 100, Entries - 1, true));

        await Run();

        (await Page(before: null)).ShouldBe((Entries, Entries, false));
        (await Page(before: Entries)).ShouldBe((null, null, false));
        (await Send(_ann, [Entries + 1]))[0].Value!.Sequence.ShouldBe(Entries + 1);
        (await Page(before: null)).ShouldBe((Entries, Entries + 1, false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_lives_as_long_as_its_message(bool asleep)
    {
        await Trim(asleep);

        var kept = (await Send(_ann, [Entries]))[0].Value!;
        var gone = (await Send(_ann, [Old]))[0].Value!;

        (kept.Duplicate, kept.Sequence).ShouldBe((true, Entries));
        (gone.Duplicate, gone.Sequence).ShouldBe((false, Entries + 1));
    }

    [Fact]
    public async Task Two_runs_at_once_are_one()
    {
        var reports = await Task.WhenAll(Run(), Run(), Run());

        reports.Select(r => r.Id).Distinct().ShouldHaveSingleItem();
        (await Retention.Reports()).Value!.Items.ShouldBe([reports[0]]);
        reports[0].DeletedRows.ShouldBe(Old);
    }

    [Fact]
    public async Task A_run_of_another_kind_waits_for_its_turn()
    {
        // Two calls that nobody waited for may arrive in either order.
        var answers = await Task.WhenAll(Retention.Run(_ann, new RunRetention(DryRun: false)), Retention.Run(_ann, new RunRetention(DryRun: true)));

        answers.Single(a => !a.Ok).Refusal!.Reason.ShouldBe("already_running");
        answers.Single(a => a.Ok).Value!.Outcome.ShouldBe(RunOutcome.Completed);
        await Run();
        (await Retention.Run(_ann, new RunRetention(DryRun: true))).Value!.DueRows.ShouldBe(0);
    }

    private IConversationGrain Conversation => _cluster.Conversation(_id);

    private IRetentionGrain Retention => _cluster.Client.GetGrain<IRetentionGrain>(0);

    private async Task Trim(bool asleep)
    {
        if (asleep)
        {
            await _cluster.Sleep(_id);
        }

        (await Run()).DeletedRows.ShouldBe(Old);
    }

    private async Task<RetentionReport> Run()
    {
        var answer = await Retention.Run(_ann, new RunRetention(DryRun: false));
        answer.Value!.Outcome.ShouldBe(RunOutcome.Completed, answer.Value.Reason);
        return answer.Value;
    }

    private async Task<(long? First, long? Last, bool More)> Page(long? before = null, long? after = null, long? around = null, int limit = 100)
    {
        var page = (await Conversation.ReadHistory(_bob, new HistoryQuery(before, after, around, limit))).Value!;
        var sequences = page.Events.Select(e => e.Sequence!.Value).ToArray();
        if (sequences.Length > 0)
        {
            sequences.ShouldBe(Enumerable.Range((int)sequences[0], sequences.Length).Select(n => (long)n));
        }

        return (page.Events.FirstOrDefault()?.Sequence, page.Events.LastOrDefault()?.Sequence, page.More);
    }

    private async Task<Answer<Receipt>[]> Send(Guid sender, IEnumerable<int> numbers)
    {
        var answers = new List<Answer<Receipt>>();
        foreach (var some in numbers.Chunk(100))
        {
            answers.AddRange(await Conversation.Send(sender, some.Select(n => new SendMessage($"k{n}", $"text {n}", Retry: some.Length == 1)).ToArray()));
        }

        return [.. answers];
    }

    private async Task Execute(string sql)
    {
        await using var command = _cluster.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
