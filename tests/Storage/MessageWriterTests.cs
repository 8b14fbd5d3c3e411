using Chat.Grains.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

public sealed class MessageWriterTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly Guid _ann = Samples.NewId();
    private readonly LogHealth _health = Stores.Health();
    private NpgsqlDataSource _dataSource = null!;
    private GatedMessageLog _log = null!;
    private MessageWriter _writer = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new StorageOptions { DeadlineMs = 20_000 };
        _dataSource = StorageHosting.CreateDataSource(await postgres.CreateDatabase(), options);
        _log = new GatedMessageLog(new PostgresMessageLog(Stores.Gateway(_dataSource, options)));
        _writer = new MessageWriter(
            _log, _health, Options.Create(new MessageWriterOptions { Lanes = 1 }), TimeProvider.System, Stores.Instruments(), NullLogger<MessageWriter>.Instance);
        await _writer.Start(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _log.Release();
        await _writer.Stop(CancellationToken.None);
        await _dataSource.DisposeAsync();
    }

    [Fact]
    public async Task Poison_AmongAThousand_IsFoundInAFewCommits_AndTheOthersAreStored()
    {
        var ids = await Conversations(1_000);
        var first = await HoldFirst();

        var outcomes = ids.Select((id, i) => Append(Samples.Message(id, 1, _ann, content: i == 617 ? "\0" : "hello"))).ToArray();
        _log.Release();
        await first;

        (await outcomes[617]).ShouldBeOfType<AppendOutcome.Poisoned>();
        (await Task.WhenAll(outcomes)).Count(o => o is AppendOutcome.Committed).ShouldBe(999);

        // Eight parts of 125, of 16 and of 2, and those two. And the first append and the whole group.
        _log.Appends.ShouldBeLessThanOrEqualTo(2 + 8 + 8 + 8 + 2);
    }

    [Fact]
    public async Task ErrorThatSaysNothing_IsTriedThreeTimes_AndIsPoisonThen_WhileNeighboursCommitAtOnce()
    {
        var ids = await Conversations(2);
        await Execute("alter table messages add constraint no_odd_ones check (content <> 'odd')");
        var first = await HoldFirst();

        var odd = Append(Samples.Message(ids[0], 1, _ann, content: "odd"));
        var neighbour = Append(Samples.Message(ids[1], 1, _ann));
        _log.Release();
        await first;

        (await neighbour).ShouldBeOfType<AppendOutcome.Committed>();
        odd.IsCompleted.ShouldBeFalse();
        (await odd).ShouldBeOfType<AppendOutcome.Poisoned>().Before.ShouldBe(0);

        // The first one, the two together, each of them, and the odd one two times more.
        _log.Appends.ShouldBe(6);
        _health.IsDown.ShouldBeFalse();
    }

    [Fact]
    public async Task ErrorThatSaysNothing_AmongTheEntriesOfOneConversation_IsFound()
    {
        var ids = await Conversations(1);
        await Execute("alter table messages add constraint no_odd_ones check (content <> 'odd')");

        var outcome = await Append([.. Enumerable.Range(1, 5).Select(n => Samples.Message(ids[0], n, _ann, content: n == 4 ? "odd" : "hello"))]);

        outcome.ShouldBeOfType<AppendOutcome.Poisoned>().Before.ShouldBe(3);
        (await _log.Load(ids[0], 10))!.Recent.Length.ShouldBe(3);
    }

    [Fact]
    public async Task ErrorThatSaysNothing_WhenNothingCanBeWritten_IsNotPoison()
    {
        var ids = await Conversations(1);
        await Execute("drop function probe_log; alter table messages add constraint none check (false) not valid");

        (await Append(Samples.Message(ids[0], 1, _ann))).ShouldBeOfType<AppendOutcome.Unknown>();
    }

    [Fact]
    public async Task ConversationLockedElsewhere_IsNoReasonToDoubtTheLog()
    {
        var ids = await Conversations(1);
        await using var other = await _dataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"select from conversations where id = '{ids[0]}' for update; lock table log_probe", other, transaction);
        await command.ExecuteNonQueryAsync();

        for (var tries = 0; tries < 3; tries++)
        {
            (await Append(Samples.Message(ids[0], 1, _ann))).ShouldBeOfType<AppendOutcome.Unknown>();
        }

        _health.IsDown.ShouldBeFalse();
    }

    [Fact]
    public async Task ConversationLockedElsewhere_HoldsUpNeitherItsNeighboursNorWhatWaits()
    {
        var ids = await Conversations(20);
        var later = (await Conversations(1))[0];
        var first = await HoldFirst();
        await using var other = await _dataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"select from conversations where id = '{ids[7]}' for update", other, transaction);
        await command.ExecuteNonQueryAsync();

        var outcomes = ids.Select(id => Append(Samples.Message(id, 1, _ann))).ToArray();
        _log.Release();
        await first;
        var waiting = Append(Samples.Message(later, 1, _ann));

        (await Task.WhenAll(outcomes)).Count(o => o is AppendOutcome.Committed).ShouldBe(19);
        (await outcomes[7]).ShouldBeOfType<AppendOutcome.Unknown>();
        (await waiting).ShouldBeOfType<AppendOutcome.Committed>();
    }

    /// <summary>As a dump does, for as long as it takes.</summary>
    [Fact]
    public async Task SomebodyWhoReadsTheProbesTable_KeepsNoOutageGoing()
    {
        await using var other = await _dataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("lock table log_probe in access share mode", other, transaction);
        await command.ExecuteNonQueryAsync();

        await _log.Probe(afresh: false);
    }

    private Task<AppendOutcome> Append(params LogEntry[] entries) => _writer.Append(new PendingAppend(entries)).AsTask();

    private async Task<Guid[]> Conversations(int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Samples.NewId()).ToArray();
        await using var command = _dataSource.CreateCommand("insert into conversations (id, type, last_activity, created_at) select id, 1, now(), now() from unnest($1) id");
        command.Parameters.AddWithValue(ids);
        await command.ExecuteNonQueryAsync();
        return ids;
    }

    /// <summary>An append that waits in the log: what comes now is one group.</summary>
    private async Task<Task<AppendOutcome>> HoldFirst()
    {
        var ids = await Conversations(1);
        var holding = _log.Hold();
        var first = Append(Samples.Message(ids[0], 1, _ann));
        await holding.WaitAsync(TimeSpan.FromSeconds(20));
        return first;
    }

    private async Task Execute(string sql)
    {
        await using var command = _dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
