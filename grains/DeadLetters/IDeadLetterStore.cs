namespace Chat.Grains.DeadLetters;

/// <summary>A message set aside because it can never be stored as it is, with the reason.</summary>
/// <param name="Id">Chosen by who sets it aside: the same one added again is one dead letter.</param>
/// <param name="Payload">The message as UTF-8 JSON; bytes, because what poisoned the log may not be text to it.</param>
internal sealed record DeadLetter(
    Guid Id,
    Guid ConversationId,
    Guid SenderId,
    string ClientMessageId,
    Guid MessageId,
    byte[] Payload,
    string Reason,
    int Attempts,
    DateTimeOffset At)
{
    // Whoever logs one must not log what it says.
    public override string ToString() => $"{nameof(DeadLetter)} {Id}";
}

/// <summary>Where dead letters are kept. Every call ends within its deadline with an answer or a <see cref="Storage.LogUnavailableException"/>.</summary>
internal interface IDeadLetterStore
{
    /// <summary>Nothing happens if it is there already.</summary>
    Task Add(DeadLetter letter);
}
