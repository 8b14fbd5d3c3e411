using Chat.Api.Hubs;
using Chat.Conversations;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

public sealed class SendLanesTests
{
    private static readonly Guid One = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Other = new("00000000-0000-0000-0000-000000000002");

    private readonly HeldConversations _grains = new();
    private readonly Intake _intake = new();

    [Fact]
    public async Task What_waits_goes_together_in_its_order_while_one_call_is_in_flight()
    {
        var lanes = Lanes(new SendLaneOptions());
        var first = Send(lanes, One, "a");
        var waiting = new[] { Send(lanes, One, "b"), Send(lanes, One, "c"), Send(lanes, One, "d") };

        _grains.Calls.Count.ShouldBe(1);
        _grains.Calls[0].Keys.ShouldBe(["a"]);
        _grains.Calls[0].Answer();
        (await first).Value!.Sequence.ShouldBe(1);

        _grains.Calls.Count.ShouldBe(2);
        _grains.Calls[1].Keys.ShouldBe(["b", "c", "d"]);
        _grains.Calls[1].Answer();
        (await Task.WhenAll(waiting)).Select(r => r.Value!.Sequence).ShouldBe([1L, 2L, 3L]);
        _grains.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public void Conversations_do_not_wait_for_each_other()
    {
        var lanes = Lanes(new SendLaneOptions());
        _ = Send(lanes, One, "a");
        _ = Send(lanes, Other, "b");
        _grains.Calls.Select(c => c.ConversationId).ShouldBe([One, Other]);
    }

    [Fact]
    public async Task A_full_lane_answers_overloaded_and_the_others_go_on()
    {
        var lanes = Lanes(new SendLaneOptions { MaxWaiting = 2 });
        _ = Send(lanes, One, "in flight");
        _ = Send(lanes, One, "1");
        _ = Send(lanes, One, "2");

        var refused = await Send(lanes, One, "3");

        refused.Refusal!.Code.ShouldBe(RefusalCode.Overloaded);
        refused.Refusal.RetryAfterMs.ShouldBe(500);
        Send(lanes, Other, "b").IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_full_connection_answers_overloaded_until_something_went()
    {
        var lanes = Lanes(new SendLaneOptions { MaxWaitingPerConnection = 2 });
        _ = Send(lanes, One, "in flight");
        _ = Send(lanes, Other, "in flight");
        _ = Send(lanes, One, "1");
        _ = Send(lanes, Other, "1");

        (await Send(lanes, One, "2")).Refusal!.Code.ShouldBe(RefusalCode.Overloaded);
        _grains.Calls[0].Answer();
        Send(lanes, One, "3").IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_call_that_fails_leaves_its_sends_unknown_and_the_lane_alive()
    {
        var lanes = Lanes(new SendLaneOptions());
        var first = Send(lanes, One, "a");
        var second = Send(lanes, One, "b");

        _grains.Calls[0].Fail(new TimeoutException());
        (await first).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        (await first).Refusal!.RetryAfterMs.ShouldNotBeNull();
        _grains.Calls[1].Fail(new OrleansException());
        (await second).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);

        var third = Send(lanes, One, "c");
        _grains.Calls[2].Answer();
        (await third).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_closed_intake_refuses_new_sends_and_finishes_those_it_took()
    {
        var lanes = Lanes(new SendLaneOptions());
        var taken = Send(lanes, One, "a");
        var queued = Send(lanes, One, "b");
        _intake.Close();
        var idle = lanes.WhenIdle();

        (await Send(lanes, One, "c")).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        idle.IsCompleted.ShouldBeFalse();
        _grains.Calls[0].Answer();
        idle.IsCompleted.ShouldBeFalse();
        _grains.Calls[1].Answer();
        await idle;
        (taken.IsCompleted, queued.IsCompleted).ShouldBe((true, true));
    }

    private SendLanes Lanes(SendLaneOptions options) => new(Guid.Empty, _grains.Grains, _intake, options, NullLogger.Instance);

    private static Task<Answer<Receipt>> Send(SendLanes lanes, Guid conversationId, string key) => lanes.Send(conversationId, new SendMessage(key, "text"));
}
