using System.Security.Cryptography;

namespace Chat.Grains.Accounts;

/// <summary>Keeps a token so that only who shows its predecessor can read it: AES-256-GCM under a key derived from the predecessor, which is not stored.
/// (Deriving the successor itself from it would let a thief of one token walk ahead of its owner.)</summary>
internal static class SuccessorSeal
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Seal(byte[] predecessor, byte[] successor)
    {
        var box = new byte[NonceLength + TagLength + successor.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(KeyFrom(predecessor), TagLength);
        cipher.Encrypt(box.AsSpan(0, NonceLength), successor, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength));
        return box;
    }

    public static byte[] Open(byte[] predecessor, byte[] box)
    {
        var successor = new byte[box.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(KeyFrom(predecessor), TagLength);
        cipher.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), successor);
        return successor;
    }

    private static byte[] KeyFrom(byte[] predecessor) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, predecessor, 32, info: "chat refresh token successor"u8.ToArray());
}
