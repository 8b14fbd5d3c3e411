using Chat.Grains.DeadLetters;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>What the log will never take leaves the conversation's order at once; its sender hears of it when it is set aside.</summary>
internal sealed partial class ConversationGrain
{
    private static readonly Refusal CannotBeStored = new(RefusalCode.Rejected, "This message cannot be stored.", DeadLetter.Poison);

    private void OnPoisoned(PendingEntry pending, LogEntry entry, AppendOutcome.Poisoned poison)
    {
        var refusal = poison.MayPass ? CannotBeStored with { Reason = DeadLetter.StorageError } : CannotBeStored;
        if (pending is PendingMessage { IsHeld: false } message)
        {
            _ = SetAside(message, entry, poison, refusal);
        }
        else
        {
            // A change has nobody to be kept for. What is held is set aside where it is held.
            pending.OnRefused(refusal);
        }
    }

    private async Task SetAside(PendingMessage message, LogEntry entry, AppendOutcome.Poisoned poison, Refusal refusal)
    {
        var poisoned = entry.Event;
        var letter = new DeadLetter(
            poisoned.MessageId!.Value, Id, message.SenderId, message.Key, poisoned.MessageId.Value, DeadLetter.PayloadOf(message.Message), refusal.Reason!, poison.Attempts,
            poisoned.SentAt, poison.Reason);
        var notNow = await deadLetters.TryAdd(letter);

        // Meanwhile it may have become a held one: then it is set aside from there, for the same reason.
        message.OnRefused(message.IsHeld ? refusal : notNow ?? refusal);
    }
}
