using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Chat.Conversations;

namespace Chat.Grains.Conversations;

/// <summary>What a message must be before anything else is asked.</summary>
internal static class MessageRules
{
    public const string DefaultType = "text";
    private const int MaxKeyLength = 128;
    private const int MaxTypeLength = 32;

    public static Refusal? Check(SendMessage message, ConversationOptions options)
    {
        if (message.ClientMessageId.Length is 0 or > MaxKeyLength || !IsPrintable(message.ClientMessageId))
        {
            return Refusal.Invalid($"clientMessageId takes 1 to {MaxKeyLength} characters, none of them a control character.", "invalid_client_message_id");
        }

        if (message.Type is { } type && (type.Length is 0 or > MaxTypeLength || !type.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-')))
        {
            return Refusal.Invalid($"type takes 1 to {MaxTypeLength} of a-z, 0-9, _ and -.", "invalid_type");
        }

        return message.ReplyTo is < 1
            ? Refusal.Invalid("replyTo takes the sequence of a message.", "invalid_reply_to")
            : TextRules.Check(message.Content, options.MaxContentLength, "message");
    }

    /// <summary>SHA-256 of what the key stands for: type, reply and content.</summary>
    public static byte[] Hash(SendMessage message)
    {
        var type = message.Type ?? DefaultType;
        var size = 9 + Encoding.UTF8.GetMaxByteCount(type.Length + message.Content.Length);
        var rented = size > 1024 ? System.Buffers.ArrayPool<byte>.Shared.Rent(size) : null;
        var buffer = rented ?? stackalloc byte[1024];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, message.ReplyTo ?? 0);
        var length = 8 + Encoding.UTF8.GetBytes(type, buffer[8..]);
        buffer[length++] = 0;
        length += Encoding.UTF8.GetBytes(message.Content, buffer[length..]);
        var hash = SHA256.HashData(buffer[..length]);
        if (rented is not null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }

    private static bool IsPrintable(string key)
    {
        foreach (var c in key)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                return false;
            }
        }

        return true;
    }
}
