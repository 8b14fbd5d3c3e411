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
    public async Task What_comes_at_once_keeps_its_order()
    {
        var lanes = Lanes(new SendLaneOptions());

        // In a work item of the pool, as the frames of one read are.
        var sends = await Task.Run(() => new[] { Send(lanes, One, "a"), Send(lanes, One, "b"), Send(lanes, One, "c") });
        var keys = new List<string>();
        while (keys.Count < 3)
        {
            var call = await _grains.WaitForCall();
            keys.AddRange(call.Keys);
            call.Answer();
        }

        keys.ShouldBe(["a", "b", "c"]);
        (await Task.WhenAll(sends)).ShouldAllBe(r => r.Ok);
    }

    [Fact]
    public async Task What_waits_goes_together_in_its_order_while_one_call_is_in_flight()
    {
        var lanes = Lanes(new SendLaneOptions());
        var first = Send(lanes, One, "a");
        var inFlight = await _grains.WaitForCall();
        var waiting = new[] { Send(lanes, One, "b"), Send(lanes, One, "c"), Send(lanes, One, "d") };

        inFlight.Keys.ShouldBe(["a"]);
        inFlight.Answer();
        (await first).Value!.Sequence.ShouldBe(1);

        var next = await _grains.WaitForCall();
        next.Keys.ShouldBe(["b", "c", "d"]);
        next.Answer();
        (await Task.WhenAll(waiting)).Select(r => r.Value!.Sequence).ShouldBe([1L, 2L, 3L]);
        _grains.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Conversations_do_not_wait_for_each_other()
    {
        var lanes = Lanes(new SendLaneOptions());
        _ = Send(lanes, One, "a");
        _ = Send(lanes, Other, "b");

        var calls = new[] { await _grains.WaitForCall(), await _grains.WaitForCall() };

        calls.Select(c => c.ConversationId).ShouldBe([One, Other], ignoreOrder: true);
    }

    [Fact]
    public async Task A_full_lane_answers_overloaded_and_the_others_go_on()
    {
        var lanes = Lanes(new SendLaneOptions { MaxWaiting = 2 });
        _ = Send(lanes, One, "in flight");
        await _grains.WaitForCall();
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
        var first = await _grains.WaitForCall();
        _ = Send(lanes, Other, "in flight");
        await _grains.WaitForCall();
        _ = Send(lanes, One, "1");
        _ = Send(lanes, Other, "1");

        (await Send(lanes, One, "2")).Refusal!.Code.ShouldBe(RefusalCode.Overloaded);
        first.Answer();
        await _grains.WaitForCall();
        Send(lanes, One, "3").IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_call_that_fails_leaves_its_sends_unknown_and_the_lane_alive()
    {
        var lanes = Lanes(new SendLaneOptions());
        var first = Send(lanes, One, "a");
        var inFlight = await _grains.WaitForCall();
        var second = Send(lanes, One, "b");

        inFlight.Fail(new TimeoutException());
        (await first).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        (await first).Refusal!.RetryAfterMs.ShouldNotBeNull();
        (await _grains.WaitForCall()).Fail(new OrleansException());
        (await second).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);

        var third = Send(lanes, One, "c");
        (await _grains.WaitForCall()).Answer();
        (await third).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_closed_intake_refuses_new_sends_and_finishes_those_it_took()
    {
        var lanes = Lanes(new SendLaneOptions());
        var taken = Send(lanes, One, "a");
        var inFlight = await _grains.WaitForCall();
        var queued = Send(lanes, One, "b");
        _intake.Close();
        var idle = lanes.WhenIdle();

        (await Send(lanes, One, "c")).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        idle.IsCompleted.ShouldBeFalse();
        inFlight.Answer();
        idle.IsCompleted.ShouldBeFalse();
        (await _grains.WaitForCall()).Answer();
        await idle;
        (taken.IsCompleted, queued.IsCompleted).ShouldBe((true, true));
    }

    private SendLanes Lanes(SendLaneOptions options) => new(Guid.Empty, _grains.Grains, _intake, options, NullLogger.Instance);

    private static Task<Answer<Receipt>> Send(SendLanes lanes, Guid conversationId, string key) => lanes.Send(conversationId, new SendMessage(key, "text"));
}
