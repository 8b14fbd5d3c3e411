using System.Text.Json;
using Chat.Conversations;
using Chat.DeadLetters;

namespace Chat.Grains.DeadLetters;

/// <summary>A message set aside because it could not be stored as it is, with the reason.</summary>
/// <param name="Id">Chosen by who sets it aside. The same one added again is one dead letter, and so is the same key of the same sender.</param>
/// <param name="Payload">The message as UTF-8 JSON; bytes, because what poisoned the log may not be text to it.</param>
/// <param name="Detail">What the store said; never what the message says.</param>
/// <param name="RedriveAt">When it is redriven by itself; null: an operator decides.</param>
internal sealed record DeadLetter(
    Guid Id,
    Guid ConversationId,
    Guid SenderId,
    string ClientMessageId,
    Guid MessageId,
    byte[] Payload,
    string Reason,
    int Attempts,
    DateTimeOffset At,
    string? Detail = null,
    DateTimeOffset? RedriveAt = null)
{
    /// <summary>It can never be stored.</summary>
    public const string Poison = "poison";

    /// <summary>It was tried several times and failed for a cause that nobody knows, and that may pass.</summary>
    public const string StorageError = "storage_error";

    public const string NotAMember = "not_a_member";

    public static string ReasonOf(Refusal refusal) =>
        refusal.Code is RefusalCode.NotFound ? NotAMember : refusal.Reason ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(refusal.Code.ToString());

    public static byte[] PayloadOf(SendMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, JsonSerializerOptions.Web);

    // Whoever logs one must not log what it says.
    public override string ToString() => $"{nameof(DeadLetter)} {Id}";
}

/// <summary>A dead letter as it is kept.</summary>
internal sealed record StoredDeadLetter(DeadLetterItem Item, Guid SenderId, byte[] Payload)
{
    /// <summary>Null when the log has it by now, or when it is none of ours.</summary>
    public SendMessage? Message()
    {
        try
        {
            return Payload.Length == 0 ? null : JsonSerializer.Deserialize<SendMessage>(Payload, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => $"{nameof(StoredDeadLetter)} {Item.Id}";
}
