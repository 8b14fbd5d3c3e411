using System.Diagnostics.Metrics;
using System.Text;
using Chat.Conversations;
using Chat.DeadLetters;
using Chat.Grains.DeadLetters;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using static Chat.Tests.DeadLetters.PoisonTrigger;

namespace Chat.Tests.DeadLetters;

/// <summary>The whole way on a real database that refuses marked messages.</summary>
public sealed class DeadLettersGrainTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Guid Operator = new("0190f2a0-0000-7000-8000-0000000000a1");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private string _database = "";
    private ChatCluster _cluster = null!;
    private Guid _ada;
    private Guid _bob;
    private Guid _chat;

    private IDeadLettersGrain Letters => _cluster.Client.GetGrain<IDeadLettersGrain>(0);

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabase();
        await Plant(_database);
        _cluster = await ChatCluster.Start(postgres: _database);
        var ids = await _cluster.Register("ada", "bob");
        (_ada, _bob) = (ids[0], ids[1]);
        _chat = await OpenGroup();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Poison_is_set_aside_and_its_neighbours_commit()
    {
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OpenGroup()));
        var neighbours = others.Select(id => Send(id, "a", "b", "c")).ToArray();
        var answers = await Send(_chat, "a", $"b {Mark}", "c");

        foreach (var neighbour in await Task.WhenAll(neighbours))
        {
            neighbour.Select(r => r.Value!.Sequence).ShouldBe([1L, 2, 3]);
        }

        answers[1].Refusal.ShouldNotBeNull().ShouldSatisfyAllConditions(r => r.Code.ShouldBe(RefusalCode.Rejected), r => r.Reason.ShouldBe("poison"));
        answers.Where(a => a.Ok).Select(a => a.Value!.Sequence).ShouldBe([1L, 2], "the tail moves up");
        var letter = (await Dead()).ShouldHaveSingleItem();
        letter.ConversationId.ShouldBe(_chat);
        letter.Reason.ShouldBe("poison");
        letter.Detail.ShouldNotBeNull().ShouldContain("22P05");
        letter.Attempts.ShouldBe(1);
        letter.Content.ShouldBeNull();
        letter.Sender.ShouldBe($"*{_ada.ToString("N")[^4..]}");
        Encoding.UTF8.GetString(await Ask<byte[]>(_database, "select payload from dead_letters")).ShouldContain($"b {Mark}");
    }

    [Fact]
    public async Task Sent_again_by_its_client_it_stays_one_dead_letter()
    {
        var message = new SendMessage("key", Mark);
        var grain = _cluster.Conversation(_chat);
        var answers = await Task.WhenAll(grain.Send(_ada, [message]), grain.Send(_ada, [message with { Retry = true }]));
        var later = await grain.Send(_ada, [message with { Retry = true }]);

        answers.Append(later).ShouldAllBe(a => a[0].Refusal!.Code == RefusalCode.Rejected);
        (await Dead()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Until_it_is_set_aside_its_sender_is_not_told_that_it_is_given_up()
    {
        await Execute(_database, "alter table dead_letters rename to elsewhere");
        var refused = await Send(_chat, "a", Mark, "c");
        refused[1].Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        refused.Count(r => r.Ok).ShouldBe(2, "it keeps nobody waiting");

        await Execute(_database, "alter table elsewhere rename to dead_letters");
        (await _cluster.Conversation(_chat).Send(_ada, [new SendMessage($"{_chat} {Mark}", Mark, Retry: true)]))[0].Refusal!.Code.ShouldBe(RefusalCode.Rejected);
        (await Dead()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Redriven_when_its_cause_is_gone_it_takes_the_next_sequence()
    {
        var letter = await Bury();
        await Send(_chat, "newer");
        await Remove(_database);

        var redriven = (await Letters.Redrive(letter.Id, Operator)).Value.ShouldNotBeNull();

        redriven.State.ShouldBe(DeadLetterState.Redriven);
        redriven.Sequence.ShouldBe(2);
        redriven.TriedBy.ShouldBe(Operator);
        redriven.Size.ShouldBe(0, "the log has it");
        var history = (await _cluster.Conversation(_chat).ReadHistory(_bob, new HistoryQuery(null, null, null, 10))).Value!;
        history.Events[^1].ShouldSatisfyAllConditions(
            e => e.Sequence.ShouldBe(2), e => e.Content.ShouldBe(Mark), e => e.SenderId.ShouldBe(_ada), e => e.ClientMessageId.ShouldBe($"{_chat} {Mark}"));
        (await Dead()).ShouldBeEmpty();
        (await Letters.Discard(letter.Id, Operator, "too late")).Refusal!.Reason.ShouldBe("already_redriven");
    }

    [Fact]
    public async Task Redriven_many_times_at_once_it_is_one_message()
    {
        var letter = await Bury();
        await Remove(_database);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Letters.Redrive(letter.Id, Operator)));
        var together = await Letters.RedriveAll([letter.Id, letter.Id], Operator);

        answers.ShouldAllBe(a => a.Ok && a.Value!.Sequence == 1);
        together.Value!.Items.ShouldBe([new RedriveResult(letter.Id, true, 1), new RedriveResult(letter.Id, true, 1)]);
        (await Ask<long>(_database, "select count(*) from messages where content like $1", $"%{Mark}%")).ShouldBe(1);
    }

    [Fact]
    public async Task Its_sender_must_still_be_a_member()
    {
        var letter = await Bury();
        await Remove(_database);
        (await _cluster.Conversation(_chat).ChangeRole(_ada, _bob, MemberRole.Admin)).Refusal.ShouldBeNull();
        (await _cluster.Conversation(_chat).RemoveMember(_ada, _ada)).Refusal.ShouldBeNull();

        var refused = (await Letters.Redrive(letter.Id, Operator)).Refusal.ShouldNotBeNull();

        refused.Code.ShouldBe(RefusalCode.Conflict);
        refused.Reason.ShouldBe("not_a_member");
        var kept = (await Dead()).ShouldHaveSingleItem();
        kept.Reason.ShouldBe("not_a_member");
        kept.Redrives.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_still_poison_stays_dead_and_is_not_tried_by_itself()
    {
        var letter = await Bury();

        (await Letters.Redrive(letter.Id, Operator)).Refusal!.Code.ShouldBe(RefusalCode.Rejected);

        var kept = (await Dead()).ShouldHaveSingleItem();
        kept.Attempts.ShouldBe(2);
        kept.RedriveAt.ShouldBeNull();
    }

    [Fact]
    public async Task Discarded_it_stays_readable_and_is_not_redriven()
    {
        var letter = await Bury();
        (await Letters.Discard(letter.Id, Operator, " ")).Refusal!.Reason.ShouldBe("empty_reason");

        var discarded = (await Letters.Discard(letter.Id, Operator, "spam")).Value.ShouldNotBeNull();

        discarded.State.ShouldBe(DeadLetterState.Discarded);
        discarded.DiscardReason.ShouldBe("spam");
        discarded.DiscardedBy.ShouldBe(Operator);
        (await Letters.Discard(letter.Id, _bob, "again")).Value!.DiscardReason.ShouldBe("spam");
        (await Letters.Redrive(letter.Id, Operator)).Refusal!.Reason.ShouldBe("already_discarded");
        (await Letters.Read(letter.Id, Operator)).Value!.Content!.Content.ShouldBe(Mark);
        (await Letters.List(DeadLetterState.Discarded, _chat, null, 10)).Value!.Items.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_was_rescued_and_may_pass_is_redriven_by_itself()
    {
        await Remove(_database);
        var intake = _cluster.Services.GetRequiredService<DeadLetterIntake>();
        var now = TimeProvider.System.GetUtcNow();
        DeadLetter LetterOf(string key, string reason) => new(
            Guid.CreateVersion7(now), _chat, _ada, key, Guid.CreateVersion7(now), DeadLetter.PayloadOf(new SendMessage(key, key)), reason, 3, now);
        var passing = LetterOf("error", DeadLetter.StorageError);
        await intake.TryAdd(passing, isRescued: true);
        await intake.TryAdd(LetterOf("poison", DeadLetter.Poison), isRescued: true);
        await intake.TryAdd(LetterOf("sent", DeadLetter.StorageError));
        (await Dead()).Where(l => l.RedriveAt > now).ShouldHaveSingleItem().Id.ShouldBe(passing.Id);
        await Execute(_database, "update dead_letters set redrive_at = now() - interval '1 second' where redrive_at is not null");

        using var redriven = Counted("chat.dead_letters.redriven", out var counted);
        await Letters.Schedule();
        await counted.WaitAsync(Patience, TestContext.Current.CancellationToken);

        (await Letters.List(DeadLetterState.Redriven, null, null, 10)).Value!.Items.ShouldHaveSingleItem().TriedBy.ShouldBeNull();
        (await Dead()).Length.ShouldBe(2);
    }

    [Fact]
    public async Task The_gauge_shows_the_rows_that_are_dead()
    {
        long depth = -1;
        using var gauge = Listen((instrument, value) => depth = instrument == "chat.dead_letters" ? value : depth);
        async Task<long> Depth()
        {
            // Answered after what was added before was counted, or counts it.
            await Letters.Redrive(Guid.Empty, Operator);
            gauge.RecordObservableInstruments();
            return depth;
        }

        (await Depth()).ShouldBe(0);
        var letters = new[] { await Bury(), await Bury(await OpenGroup()), await Bury(await OpenGroup()) };
        (await Depth()).ShouldBe(3);
        await Letters.Discard(letters[0].Id, Operator, "spam");
        await Remove(_database);
        await Letters.Redrive(letters[1].Id, Operator);

        (await Depth()).ShouldBe(await Ask<long>(_database, "select count(*) from dead_letters where sequence is null and discarded_at is null"));
        depth.ShouldBe(1);
    }

    private async Task<Guid> OpenGroup()
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        return (await _cluster.Conversation(id).Open(new OpenConversation(ConversationType.Group, _ada, [_bob], "Lunch"))).Value!.Conversation.Id;
    }

    private Task<Answer<Receipt>[]> Send(Guid conversation, params string[] contents) =>
        _cluster.Conversation(conversation).Send(_ada, Array.ConvertAll(contents, c => new SendMessage($"{conversation} {c}", c)));

    private async Task<DeadLetterItem> Bury(Guid? conversation = null)
    {
        (await Send(conversation ?? _chat, Mark))[0].Refusal!.Code.ShouldBe(RefusalCode.Rejected);
        return (await Letters.List(DeadLetterState.Dead, conversation ?? _chat, null, 10)).Value!.Items.ShouldHaveSingleItem();
    }

    private async Task<DeadLetterItem[]> Dead() => (await Letters.List(DeadLetterState.Dead, null, null, 100)).Value!.Items;

    private MeterListener Counted(string name, out Task counted)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        counted = source.Task;
        return Listen((instrument, _) =>
        {
            if (instrument == name)
            {
                source.TrySetResult();
            }
        });
    }

    private MeterListener Listen(Action<string, long> onMeasured)
    {
        var meters = _cluster.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => onMeasured(instrument.Name, value));
        listener.Start();
        return listener;
    }
}
