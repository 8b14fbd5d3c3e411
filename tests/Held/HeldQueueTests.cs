using Chat.Conversations;
using Chat.Grains.Conversations;
using Chat.Grains.Held;
using Chat.Grains.Storage;
using Chat.Held;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

public sealed class HeldQueueTests
{
    private static readonly Guid Alice = Guid.Parse("aaaaaaaa-0000-7000-8000-000000000001");
    private static readonly Guid Conversation = Guid.Parse("dddddddd-0000-7000-8000-000000000004");

    private readonly HeldQueue _queue = new(capacity: 2);

    [Fact]
    public void What_the_pump_has_not_comes_in_order_and_once()
    {
        var (one, two) = (Message("1"), Message("2"));
        _queue.Add(one);
        _queue.Add(two);
        one.IsInPump = true;

        _queue.Waiting().ShouldBe([two]);
        _queue.HasWaiting.ShouldBeTrue();
        two.IsInPump = true;
        _queue.HasWaiting.ShouldBeFalse();
    }

    [Fact]
    public void It_takes_no_more_than_its_capacity_and_each_key_once()
    {
        var one = Message("1");
        _queue.Add(one);
        _queue.IsFull.ShouldBeFalse();
        _queue.Add(Message("2"));

        _queue.IsFull.ShouldBeTrue();
        _queue.Find(Alice, "1").ShouldBe(one);
        _queue.Remove(Message("1")).ShouldBeFalse();
        _queue.Remove(one).ShouldBeTrue();
        _queue.Find(Alice, "1").ShouldBeNull();
        _queue.IsFull.ShouldBeFalse();
    }

    [Fact]
    public async Task A_message_keeps_its_id_and_time_from_the_first_decision_on()
    {
        var message = Message("1", out var sends);
        var first = message.Identify(DateTimeOffset.UnixEpoch);
        message.Identify(DateTimeOffset.UnixEpoch.AddDays(1)).ShouldBe(first);
        message.OnHeld(Conversation);

        var receipt = (await sends.Done)[0].Value!;
        receipt.ShouldBe(new Receipt(first.MessageId, Conversation, null, first.SentAt, false, Durability.Held));
        var shown = message.ToHeldEvent(Conversation);
        (shown.Held, shown.Sequence, shown.MessageId).ShouldBe((true, null, first.MessageId));
    }

    [Fact]
    public async Task A_twin_of_a_held_message_gets_its_receipt_and_another_body_a_conflict()
    {
        var held = PendingMessage.Rescued(Conversation, new HeldMessage(Alice, Alice, new SendMessage("k", "body"), DateTimeOffset.UnixEpoch));
        var same = new PendingSends(Alice, [new SendMessage("k", "body")]);
        var other = new PendingSends(Alice, [new SendMessage("k", "another")]);

        held.Join(new PendingMessage(same, 0, MessageRules.Hash(same.Messages[0])));
        held.Join(new PendingMessage(other, 0, MessageRules.Hash(other.Messages[0])));

        var receipt = (await same.Done)[0].Value!;
        (receipt.MessageId, receipt.Duplicate, receipt.Durability).ShouldBe((Alice, true, Durability.Held));
        (await other.Done)[0].Refusal!.Reason.ShouldBe("idempotency_mismatch");
    }

    [Fact]
    public void An_outcome_is_told_once()
    {
        var told = 0;
        var message = Message("1");
        message.OnSettled = (_, _) => told++;
        message.OnOutage(Refusal.Unavailable("not now", 1));
        told.ShouldBe(0);

        message.OnRefused(Refusal.NotFound("conversation"));
        message.OnRefused(Refusal.NotFound("conversation"));

        told.ShouldBe(1);
    }

    [Fact]
    public void A_key_is_in_the_fallback_once_and_the_newer_message_takes_its_place()
    {
        var state = new HeldState().With([Held("1", "old"), Held("2", "x")]).With([Held("1", "new"), Held("3", "x")]);

        state.Messages.Select(m => m.Message.Content).ShouldBe(["new", "x", "x"]);
        state.Without([state.Messages[1].MessageId]).Messages.Select(m => m.Message.ClientMessageId).ShouldBe(["1", "3"]);
    }

    private static HeldMessage Held(string key, string content) =>
        new(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Alice, new SendMessage(key, content), DateTimeOffset.UnixEpoch);

    private static PendingMessage Message(string key) => Message(key, out _);

    private static PendingMessage Message(string key, out PendingSends sends)
    {
        sends = new PendingSends(Alice, [new SendMessage(key, $"body of {key}")]);
        return new PendingMessage(sends, 0, MessageRules.Hash(sends.Messages[0]));
    }
}
