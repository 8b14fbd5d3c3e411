using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.DeadLetters;
using Chat.Grains.Held;
using Chat.Grains.Storage;
using Chat.Held;
using Chat.Presence;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

/// <summary>Conversations whose log goes away and comes back, with a real fallback of files.</summary>
public sealed class HeldMessagesTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-held-").FullName;
    private ChatCluster _cluster = null!;
    private GatedMessageLog _log = null!;
    private Guid _alice;
    private Guid _bob;
    private Guid _id;
    private Guid _other;

    private IConversationGrain Conversation => _cluster.Conversation(_id);

    public async ValueTask InitializeAsync()
    {
        _cluster = await ChatCluster.Start(services =>
        {
            services.AddSingleton<IMessageLog>(provider => new GatedMessageLog(new MemoryMessageLog(provider.GetRequiredService<MemoryDatabase>())));
            services.PostConfigure<FallbackOptions>(o => (o.Folder, o.DeadlineMs, o.MaxHeld) = (_folder, 10_000, 20));
        });
        _log = (GatedMessageLog)_cluster.Services.GetRequiredService<IMessageLog>();
        var users = await _cluster.Register("alice", "bob", "carol");
        (_alice, _bob) = (users[0], users[1]);
        _other = await _cluster.OpenDirect(_alice, users[2]);
        _id = await _cluster.OpenDirect(_alice, _bob);
        await Send("before");
    }

    public async ValueTask DisposeAsync()
    {
        _log.ComeBack();
        await _cluster.DisposeAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            File.Delete(_folder);
        }
    }

    [Fact]
    public async Task Sends_are_held_without_a_sequence_and_shown_as_such()
    {
        var frontend = await Connect(_bob);
        _log.GoDown();

        var receipt = (await Send("k"))[0].Value!;

        receipt.Durability.ShouldBe(Durability.Held);
        receipt.Sequence.ShouldBeNull();
        var (shown, recipients) = await frontend.WaitFor<ConversationEvent>(e => e.ClientMessageId == "k");
        shown.Held.ShouldBe(true);
        shown.Sequence.ShouldBeNull();
        shown.MessageId.ShouldBe(receipt.MessageId);
        recipients.ShouldContain(_bob);
    }

    [Fact]
    public async Task What_was_held_takes_its_sequences_in_order_and_replaces_by_message_id()
    {
        var frontend = await Connect(_bob);
        _log.GoDown();
        var receipts = (await Send("a", "b")).Concat(await Send("c")).Select(r => r.Value!).ToArray();
        _log.ComeBack();

        foreach (var (receipt, sequence) in receipts.Zip([2L, 3, 4]))
        {
            var (committed, _) = await frontend.WaitFor<ConversationEvent>(e => e.MessageId == receipt.MessageId && e.Sequence is not null);
            committed.Sequence.ShouldBe(sequence);
            committed.SentAt.ShouldBe(receipt.SentAt);
            committed.Held.ShouldBeNull();
        }

        (await Stored()).ShouldBe(["before", "a", "b", "c"]);
    }

    [Fact]
    public async Task A_send_after_the_outage_does_not_go_before_what_is_held()
    {
        _log.GoDown();
        await Send("a");
        await Send("b");
        _log.ComeBack();

        await SendUntilCommitted("new");

        (await Stored()).ShouldBe(["before", "a", "b", "new"]);
    }

    [Fact]
    public async Task An_owner_that_was_fenced_gives_way_and_the_next_one_stores_what_was_held()
    {
        _log.GoDown();
        await Send("a", "b");
        var otherOwner = new MemoryMessageLog(_cluster.Services.GetRequiredService<MemoryDatabase>());
        await otherOwner.Append([Samples.Message(_id, 2, _bob, key: "theirs")]);
        _log.ComeBack();

        // Whoever is fenced is asked all the time, and must end nevertheless.
        var asked = Enumerable.Range(0, 4).Select(_ => Rescued()).Append(SendUntilCommitted("new")).ToArray();
        await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        (await Stored()).ShouldBe(["before", "theirs", "a", "b", "new"]);
    }

    [Fact]
    public async Task A_key_that_is_held_gives_the_same_receipt_and_another_body_is_a_conflict()
    {
        _log.GoDown();
        var first = (await Send("k"))[0].Value!;

        (await Send("k"))[0].Value.ShouldBe(first with { Duplicate = true });
        (await Conversation.Send(_alice, [new SendMessage("k", "body of k", Retry: true)]))[0].Value.ShouldBe(first with { Duplicate = true });
        (await Conversation.Send(_alice, [new SendMessage("k", "another body")]))[0].Refusal!.Reason.ShouldBe("idempotency_mismatch");
        (await Send("before"))[0].Value!.Sequence.ShouldBe(1);
        _log.ComeBack();
        await Rescued();

        var again = (await Send("k"))[0].Value!;
        again.ShouldBe(first with { Duplicate = true, Durability = Durability.Committed, Sequence = 2 });
    }

    [Fact]
    public async Task A_conversation_that_slept_finds_what_it_held_and_puts_it_first()
    {
        _log.GoDown();
        await Send("a", "b");
        await _cluster.Sleep(_id);
        (await Send("asleep"))[0].Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        _log.ComeBack();

        await SendUntilCommitted("new");

        (await Stored()).ShouldBe(["before", "a", "b", "new"]);
    }

    [Fact]
    public async Task Rescuers_at_once_store_it_once()
    {
        _log.GoDown();
        await Send([.. Enumerable.Range(0, 10).Select(i => $"k{i}")]);
        await _cluster.Sleep(_id);
        _log.ComeBack();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Rescued()));

        (await Stored()).ShouldBe(["before", .. Enumerable.Range(0, 10).Select(i => $"k{i}")]);
        (await _cluster.Client.GetGrain<IHeldGrain>(_id).List()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_outage_notes_the_conversation_anew()
    {
        var list = _cluster.Client.GetGrain<IRescueGrain>(RescueShards.Of(_id));
        _log.GoDown();
        await Send("a");
        (await list.Holds(_id)).ShouldBeTrue();
        _log.ComeBack();
        await Rescued();
        while (await list.Holds(_id))
        {
            await list.Run();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        _log.GoDown();
        await WaitForOpenBreaker();
        (await Send("b"))[0].Value!.Durability.ShouldBe(Durability.Held);

        (await list.Holds(_id)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_batch_that_was_stored_and_lost_its_answer_is_there_once_under_the_ids_that_were_held()
    {
        _log.GoDownAfterNext();
        var receipt = (await Send("k"))[0].Value!;

        receipt.Durability.ShouldBe(Durability.Held);
        _log.ComeBack();
        await Rescued();
        var stored = (await Conversation.ReadHistory(_bob, new HistoryQuery(null, null, null, 10))).Value!;
        stored.Events.Single(e => e.ClientMessageId == "k").MessageId.ShouldBe(receipt.MessageId);
        stored.Held.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_stored_already_is_not_rescued_again()
    {
        _log.GoDownAfterNext();
        await Send("k");
        await _cluster.Sleep(_id);
        _log.ComeBack();

        await Rescued();

        (await Stored()).ShouldBe(["before", "k"]);
        (await _cluster.Client.GetGrain<IHeldGrain>(_id).List()).ShouldBeEmpty();
    }

    [Fact]
    public async Task More_than_may_be_held_is_overloaded()
    {
        _log.GoDown();
        await Send([.. Enumerable.Range(0, 20).Select(i => $"k{i}")]);

        var refusal = (await Send("one too many"))[0].Refusal!;

        refusal.Code.ShouldBe(RefusalCode.Overloaded);
        refusal.RetryAfterMs.ShouldNotBeNull();
    }

    [Fact]
    public async Task Without_the_fallback_sends_are_unavailable_and_go_on_when_the_log_is_back()
    {
        LoseFolder();
        _log.GoDown();
        var refusal = (await Send("k"))[0].Refusal!;
        refusal.Code.ShouldBe(RefusalCode.Unavailable);
        refusal.RetryAfterMs.ShouldNotBeNull();
        _log.ComeBack();

        await SendUntilCommitted("k");

        (await Stored()).ShouldBe(["before", "k"]);
    }

    [Fact]
    public async Task What_was_held_is_stored_although_the_fallback_has_gone()
    {
        _log.GoDown();
        await Send("a", "b");
        LoseFolder();
        _log.ComeBack();

        await SendUntilCommitted("new");

        (await Stored()).ShouldBe(["before", "a", "b", "new"]);
    }

    [Fact]
    public async Task A_message_that_can_never_be_stored_becomes_a_dead_letter_and_everybody_is_told()
    {
        var frontend = await Connect(_bob);
        _log.GoDown();
        await Send("a");

        // Past the rules of the text on purpose: the log is the last to notice.
        var poison = new HeldMessage(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), _alice, new SendMessage("p", "\0"), DateTimeOffset.UnixEpoch);
        (await _cluster.Client.GetGrain<IHeldGrain>(_id).Add([poison])).Ok.ShouldBeTrue();
        await _cluster.Sleep(_id);
        _log.ComeBack();
        await Rescued();

        var (told, recipients) = await frontend.WaitFor<MessageRejected>();
        told.ShouldBe(new MessageRejected(_id, poison.MessageId, _alice, "p", RefusalCode.Rejected, "poison"));
        recipients.ShouldContain(_bob);
        var letter = ((MemoryDeadLetterStore)_cluster.Services.GetRequiredService<IDeadLetterStore>()).All.ShouldHaveSingleItem();
        letter.MessageId.ShouldBe(poison.MessageId);
        letter.Reason.ShouldBe("poison");
        (await Stored()).ShouldBe(["before", "a"]);
    }

    [Fact]
    public async Task Who_comes_during_the_outage_is_told_what_is_held()
    {
        _log.GoDown();
        await Send("k");

        var frontend = await Connect(_bob);

        (await frontend.WaitFor<ConversationEvent>(e => e.ClientMessageId == "k")).Event.Held.ShouldBe(true);
        var page = (await Conversation.ReadHistory(_bob, new HistoryQuery(null, null, null, 10))).Value!;
        page.Held!.ShouldHaveSingleItem().ClientMessageId.ShouldBe("k");
    }

    private Task<Answer<Receipt>[]> Send(params string[] keys) => Conversation.Send(_alice, Array.ConvertAll(keys, k => new SendMessage(k, $"body of {k}")));

    /// <summary>By what another conversation meets.</summary>
    private async Task WaitForOpenBreaker()
    {
        var health = _cluster.Services.GetRequiredService<LogHealth>();
        var down = new TaskCompletionSource();
        using var subscription = health.Subscribe(() => down.TrySetResult(), () => { });
        await _cluster.Conversation(_other).Send(_alice, [new SendMessage("breaks", "the circuit")]);
        await (health.IsDown ? Task.CompletedTask : down.Task).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    /// <summary>As a client does: the answer paces it.</summary>
    private async Task SendUntilCommitted(string key)
    {
        while ((await Conversation.Send(_alice, [new SendMessage(key, $"body of {key}", Retry: true)]))[0] is not { Value.Durability: Durability.Committed })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private async Task Rescued()
    {
        while (await Conversation.Rescue() is not { Value.Held: 0 })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string[]> Stored() =>
        [.. (await Conversation.ReadHistory(_alice, new HistoryQuery(null, 0, null, 100))).Value!.Events.Select(e => e.ClientMessageId!)];

    /// <summary>As a disk that is unmounted: a file stands where the folder was.</summary>
    private void LoseFolder()
    {
        Directory.Delete(_folder, recursive: true);
        File.WriteAllText(_folder, "");
    }

    private async Task<TestFrontend> Connect(params Guid[] users)
    {
        var frontend = await _cluster.StartFrontend("frontend/1");
        foreach (var user in users)
        {
            await _cluster.Client.GetGrain<IUserPresenceGrain>(user).Attach(frontend.Id, ["c1"]);
        }

        return frontend;
    }
}
