using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Chat.Grains.Storage;

namespace Chat.Grains.Inbox;

/// <summary>Where a list continues, as clients carry it: 24 bytes (microseconds since 1970, conversation id) in base64url.</summary>
internal static class ListCursor
{
    private const int Size = 24;
    private const int TextLength = 32;

    private static readonly long MaxMicroseconds = Microseconds(DateTimeOffset.MaxValue);

    public static string Write(InboxCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Microseconds(cursor.LastActivityAt));
        cursor.ConversationId.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryRead(string text, [NotNullWhen(true)] out InboxCursor? cursor)
    {
        cursor = null;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != TextLength || !Base64Url.IsValid(text) || Base64Url.DecodeFromChars(text, bytes) != Size)
        {
            return false;
        }

        var microseconds = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (microseconds < 0 || microseconds > MaxMicroseconds)
        {
            return false;
        }

        cursor = new InboxCursor(DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), new Guid(bytes[8..], bigEndian: true));
        return true;
    }

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
