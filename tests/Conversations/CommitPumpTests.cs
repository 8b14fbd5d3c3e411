using System.Diagnostics.Metrics;
using Chat.Conversations;
using Chat.Grains.Conversations;
using Chat.Grains.Diagnostics;
using Chat.Grains.Storage;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Chat.Tests.Conversations;

public sealed class CommitPumpTests : IAsyncLifetime
{
    private static readonly Guid Alice = Guid.Parse("aaaaaaaa-0000-7000-8000-000000000001");
    private static readonly Guid Bob = Guid.Parse("bbbbbbbb-0000-7000-8000-000000000002");
    private static readonly Guid Stranger = Guid.Parse("cccccccc-0000-7000-8000-000000000003");

    // The turns of one activation: one at a time, continuations included.
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private readonly MemoryMessageLog _memory = new(new MemoryDatabase());
    private readonly GatedMessageLog _log;
    private readonly MessageWriter _writer;
    private readonly ConversationOptions _options = new() { MaxWaiting = 50 };
    private readonly List<LogEntry> _published = [];
    private readonly TaskCompletionSource _fenced = new();
    private Guid _id;
    private CommitPump _pump = null!;

    public CommitPumpTests()
    {
        _log = new GatedMessageLog(_memory);
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var instruments = new ChatInstruments(meters);
        _writer = new MessageWriter(
            _log,
            new LogHealth(TimeProvider.System, instruments, NullLogger<LogHealth>.Instance),
            Options.Create(new MessageWriterOptions { BreakerFailures = 100 }),
            TimeProvider.System,
            instruments,
            NullLogger<MessageWriter>.Instance);
    }

    public async ValueTask InitializeAsync()
    {
        await _writer.Start(CancellationToken.None);
        _id = DirectConversation.IdOf(Alice, Bob);
        await _memory.Create(OpeningRules.Begin(_id, new OpenConversation(ConversationType.Direct, Alice, [Bob], null), [Alice, Bob], DateTimeOffset.UnixEpoch));
        _pump = await NewOwner();
    }

    public async ValueTask DisposeAsync()
    {
        _log.Release();
        await _writer.Stop(CancellationToken.None);
    }

    [Fact]
    public async Task Sends_take_the_next_sequences_in_order()
    {
        var receipts = await Send(Alice, "a", "b", "c");

        receipts.Select(r => r.Value!.Sequence).ShouldBe([1L, 2, 3]);
        (await Stored()).Select(e => e.Event.ClientMessageId).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task What_arrives_during_a_commit_shares_the_next_one()
    {
        var held = _log.Hold();
        var first = Send(Alice, "first");
        await held;
        var others = Enumerable.Range(0, 20).Select(i => Send(i % 2 == 0 ? Alice : Bob, $"k{i}")).ToArray();
        _log.Release();
        await Task.WhenAll(others.Append(first));

        _log.Appends.ShouldBe(2);
        (await Stored()).Length.ShouldBe(21);
    }

    [Fact]
    public async Task What_arrives_while_others_commit_goes_with_what_waits_for_the_same_turn()
    {
        var held = _log.Hold();
        var elsewhere = _writer.Append(new PendingAppend([Samples.Message(Samples.NewId(), 1, Bob)])).AsTask();
        await held;
        var sends = new[] { Send(Alice, "a"), Send(Bob, "b", "c"), Send(Alice, "a"), Send(Alice, "d") };
        await _turns.StartNew(() => _pump.Running.IsCompleted.ShouldBeFalse());
        _log.Release();
        var receipts = (await Task.WhenAll(sends)).SelectMany(r => r).Select(r => r.Value!).ToArray();

        await elsewhere;
        receipts.Select(r => r.Sequence).ShouldBe([1L, 2, 3, 1, 4]);
        receipts[3].Duplicate.ShouldBeTrue();
        _log.Appends.ShouldBe(2, "one for the others, one for all of these");
        (await Stored()).Select(e => e.Event.ClientMessageId).ShouldBe(["a", "b", "c", "d"]);
    }

    [Fact]
    public async Task A_change_waits_for_what_is_before_it_and_nothing_joins_it()
    {
        var held = _log.Hold();
        var elsewhere = _writer.Append(new PendingAppend([Samples.Message(Samples.NewId(), 1, Bob)])).AsTask();
        await held;
        var before = Send(Alice, "before");
        var seen = 0L;
        var change = new PendingChange(
            ledger => { seen = ledger.Head; return null; },
            ledger => new ConversationEvent { ConversationId = ledger.Id, Sequence = null, Kind = EntryKind.Renamed, SenderId = Alice, Name = "new", SentAt = default });
        await _turns.StartNew(() =>
        {
            _pump.Add(change);
            _pump.Start();
        });
        var after = Send(Alice, "after");
        _log.Release();
        await Task.WhenAll(before, change.Done, after, elsewhere);

        seen.ShouldBe(1, "it is decided on what is committed");
        (await Stored()).Select(e => e.Event.Kind).ShouldBe([EntryKind.Message, EntryKind.Renamed, EntryKind.Message]);
        _log.Appends.ShouldBe(4);
    }

    [Fact]
    public async Task Nothing_is_published_or_acknowledged_before_the_commit()
    {
        _ = _log.Hold();
        var send = Send(Alice, "a");
        await _turns.StartNew(() => _published.ShouldBeEmpty());
        send.IsCompleted.ShouldBeFalse();
        _log.Release();
        await send;

        _published.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_repeated_key_gives_the_same_receipt_marked_duplicate()
    {
        var first = (await Send(Alice, "k"))[0].Value!;
        var again = (await Send(Alice, "k"))[0].Value!;

        again.ShouldBe(first with { Duplicate = true });
        _published.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_is_settled_is_not_in_flight_any_more()
    {
        var held = _log.Hold();
        var send = Send(Alice, "k");
        await held;
        (await _turns.StartNew(() => _pump.FindInFlight(Alice, "k"))).ShouldNotBeNull();
        _log.Release();
        await send;

        (await _turns.StartNew(() => _pump.FindInFlight(Alice, "k"))).ShouldBeNull();
    }

    [Fact]
    public async Task A_repeated_key_with_another_body_is_a_conflict()
    {
        await Send(Alice, "k");
        var other = (await Send(Alice, new SendMessage("k", "another body")))[0];

        other.Refusal!.Code.ShouldBe(RefusalCode.Conflict);
        other.Refusal.Reason.ShouldBe("idempotency_mismatch");
    }

    [Fact]
    public async Task The_same_key_twice_in_flight_is_stored_once()
    {
        _ = _log.Hold();
        var sends = new[] { Send(Alice, "first"), Send(Alice, "k"), Send(Alice, "k") };
        _log.Release();
        var receipts = (await Task.WhenAll(sends)).Select(r => r[0].Value!).ToArray();

        receipts[2].ShouldBe(receipts[1] with { Duplicate = true });
        (await Stored()).Length.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_key_twice_behind_a_refused_first_one_is_answered_twice()
    {
        var ahead = new SendMessage("k", "x", ReplyTo: 999_999);
        var answers = await Send(Alice, ahead, ahead).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        answers.ShouldAllBe(a => a.Refusal!.Reason == "invalid_reply_to");
    }

    [Fact]
    public async Task A_committed_batch_that_a_neighbour_reports_as_repeated_is_published()
    {
        _log.LoseNextAnswer();
        _log.RepeatNext();
        await Send(Alice, "k");
        await Resolved();

        _published.ShouldHaveSingleItem();
        (await Send(Bob, "next"))[0].Value!.Sequence.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_that_only_the_store_remembers_leaves_its_neighbours_in_order()
    {
        var old = (await Send(Alice, "old"))[0].Value!;
        _options.HotWindow = 1;
        await Send(Bob, "filler");
        _pump = await NewOwner();

        var receipts = await Send(Alice, "x", "old", "y");

        receipts[1].Value.ShouldBe(old with { Duplicate = true });
        receipts[0].Value!.Sequence.ShouldBe(3);
        receipts[2].Value!.Sequence.ShouldBe(4);
        (await Stored()).Select(e => e.Event.Sequence).ShouldBe([1L, 2, 3, 4]);
    }

    [Fact]
    public async Task A_lost_answer_tells_senders_unavailable_and_the_retry_finds_the_message()
    {
        _log.LoseNextAnswer();
        var lost = (await Send(Alice, "k"))[0];
        lost.Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        await Resolved();

        var retried = (await Send(Alice, "k"))[0].Value!;

        retried.Duplicate.ShouldBeTrue();
        retried.Sequence.ShouldBe(1);
        (await Stored()).Length.ShouldBe(1);
        _published.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task While_an_outcome_is_unknown_sends_are_refused_at_once()
    {
        _log.FailNext(new LogUnavailableException("down"));
        _log.FailNext(new LogUnavailableException("still down"));
        await Send(Alice, "k");

        (await Send(Bob, "other"))[0].Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        await Resolved();

        (await Stored()).Select(e => e.Event.ClientMessageId).ShouldBe(["k"]);
    }

    [Fact]
    public async Task A_second_owner_fences_the_first()
    {
        var zombie = _pump;
        await Send(Alice, "before");
        _pump = await NewOwner();
        await Send(Alice, "by the new owner");

        var late = (await SendTo(zombie, Bob, new SendMessage("late", "late")))[0];

        late.Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        await _fenced.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        (await Stored()).Select(e => e.Event.ClientMessageId).ShouldBe(["before", "by the new owner"]);
    }

    [Fact]
    public async Task Poison_harms_only_itself()
    {
        // Past the rules on purpose: the store is the last to notice.
        var receipts = await Send(Alice, new SendMessage("a", "a"), new SendMessage("b", "b"), new SendMessage("p", "\0"), new SendMessage("c", "c"));

        receipts[2].Refusal!.Code.ShouldBe(RefusalCode.Rejected);
        receipts.Where(r => r.Ok).Select(r => r.Value!.Sequence).ShouldBe([1L, 2, 3]);
        (await Stored()).Select(e => e.Event.ClientMessageId).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Too_many_waiting_is_overloaded()
    {
        var held = _log.Hold();
        var first = Send(Alice, "first");
        await held;
        var waiting = Send(Alice, [.. Enumerable.Range(0, 50).Select(i => $"w{i}")]);
        (await Send(Bob, "one too many"))[0].Refusal!.Code.ShouldBe(RefusalCode.Overloaded);
        _log.Release();
        await Task.WhenAll(first, waiting);

        (await Stored()).Length.ShouldBe(51);
    }

    [Fact]
    public async Task A_stranger_takes_no_sequence()
    {
        (await Send(Stranger, "k"))[0].Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await Send(Alice, "k"))[0].Value!.Sequence.ShouldBe(1);
    }

    private Task<CommitPump> NewOwner() => _turns.StartNew(async () =>
    {
        var ledger = new ConversationLedger((await _memory.Load(_id, _options.HotWindow))!, _options);
        return new CommitPump(
            ledger, _writer, _log, _options, TimeProvider.System, _published.AddRange, (p, _, _) => p.OnRefused(new Refusal(RefusalCode.Rejected, "")),
            (messages, why) => messages.ToList().ForEach(m => m.OnOutage(why)), () => _fenced.TrySetResult());
    }).Unwrap();

    private Task<Answer<Receipt>[]> Send(Guid sender, params string[] keys) =>
        Send(sender, Array.ConvertAll(keys, k => new SendMessage(k, $"body of {k}")));

    private Task<Answer<Receipt>[]> Send(Guid sender, params SendMessage[] messages) => SendTo(_pump, sender, messages);

    private Task<Answer<Receipt>[]> SendTo(CommitPump pump, Guid sender, params SendMessage[] messages) => _turns.StartNew(() =>
    {
        var sends = new PendingSends(sender, messages);
        if (pump.Closed is { } refusal)
        {
            return Task.FromResult(sends.RefuseAll(refusal));
        }

        for (var i = 0; i < messages.Length; i++)
        {
            pump.Add(new PendingMessage(sends, i, MessageRules.Hash(messages[i])));
        }

        pump.Start();
        return sends.Done;
    }).Unwrap();

    private async Task Resolved() => await (await _turns.StartNew(() => _pump.Running)).WaitAsync(TimeSpan.FromSeconds(10));

    private Task<LogEntry[]> Stored() => _memory.Read(_id, 0, long.MaxValue, 1_000, newest: false);
}
