using Chat.Conversations;
using Chat.DeadLetters;
using Chat.Grains.Diagnostics;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.DeadLetters;

/// <summary>Dead letters through the front door again: the conversation asks whether the sender is still a member, and knows the key if it has the message already.</summary>
internal sealed class Redrive(
    IDeadLetterStore store, IGrainFactory grains, IOptions<DeadLetterOptions> options, ChatInstruments instruments, TimeProvider time)
{
    private readonly RedriveSchedule _schedule = new(options.Value);

    private static Refusal Unavailable => Refusal.Unavailable("The conversation does not answer; the outcome is unknown.", retryAfterMs: 1_000);

    /// <param name="by">The operator; null when it goes by itself.</param>
    public async Task<Answer<DeadLetterItem>> Run(Guid id, Guid? by)
    {
        if (await store.Find(id) is not { } letter)
        {
            return Refusal.NotFound("dead letter");
        }

        if (letter.Item.State is DeadLetterState.Redriven)
        {
            return letter.Item;
        }

        if (letter.Item.State is DeadLetterState.Discarded)
        {
            return Refusal.Conflict("This dead letter was discarded.", "already_discarded");
        }

        if (letter.Message() is not { } message)
        {
            return Refusal.Conflict("What this dead letter holds is no message.", "unreadable_payload");
        }

        var sent = await Send(letter, message);
        if (!sent.Ok)
        {
            return await OnRefused(letter, sent.Refusal, by);
        }

        if (sent.Value.Sequence is not { } sequence)
        {
            // Durable in the fallback: when it is in the log, its key says so to the next redrive.
            return Refusal.Unavailable("The log is out of reach: the message is held.", retryAfterMs: 1_000);
        }

        if (await store.Redriven(id, sequence, by, time.GetUtcNow()))
        {
            instruments.OnDeadLetterRedriven();
        }

        return (await store.Find(id))?.Item ?? letter.Item;
    }

    private async Task<Answer<Receipt>> Send(StoredDeadLetter letter, SendMessage message)
    {
        try
        {
            return (await grains.GetGrain<IConversationGrain>(letter.Item.ConversationId).Send(letter.SenderId, [message with { Retry = true }]))[0];
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException)
        {
            return Unavailable;
        }
    }

    private async Task<Answer<DeadLetterItem>> OnRefused(StoredDeadLetter letter, Refusal refusal, Guid? by)
    {
        if (refusal.Code is RefusalCode.Unavailable or RefusalCode.Overloaded)
        {
            // Says nothing about the message: it stays due.
            return refusal;
        }

        var now = time.GetUtcNow();
        var reason = DeadLetter.ReasonOf(refusal);
        var next = letter.Item.RedriveAt is null ? null : _schedule.Next(now, reason, letter.Item.Redrives + 1, Random.Shared.NextDouble());
        await store.RedriveFailed(letter.Item.Id, reason, by, now, next);
        return refusal.Code is RefusalCode.Rejected ? refusal : Refusal.Conflict($"The conversation refuses it: {refusal.Message}", reason);
    }
}
