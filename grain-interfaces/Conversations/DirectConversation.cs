using System.Security.Cryptography;

namespace Chat.Conversations;

/// <summary>The id of the one conversation of two users, so that both who start at once meet.</summary>
public static class DirectConversation
{
    private static readonly Guid Namespace = new("5f0c7f2e-7a0b-5d7e-9c53-8a4f6e2d1b90");

    /// <summary>UUIDv5 (RFC 9562) of the two ids, sorted.</summary>
    public static Guid IdOf(Guid one, Guid other)
    {
        var (first, second) = one.CompareTo(other) <= 0 ? (one, other) : (other, one);
        Span<byte> name = stackalloc byte[48];
        Namespace.TryWriteBytes(name, bigEndian: true, out _);
        first.TryWriteBytes(name[16..], bigEndian: true, out _);
        second.TryWriteBytes(name[32..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[20];
        SHA1.HashData(name, hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
