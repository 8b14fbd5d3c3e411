using System.Buffers.Text;
using Orleans;

namespace Chat.Accounts;

/// <summary>What a client shows to stay signed in: the session it belongs to, and 256 random bits that only the client knows.</summary>
[GenerateSerializer, Immutable, Alias("chat.refresh-token")]
public sealed record RefreshToken([property: Id(0)] Guid SessionId, [property: Id(1)] byte[] Secret)
{
    public const int SecretLength = 32;

    private const int IdLength = 16;
    private const int TextLength = 64;

    /// <summary>Null unless the text is what <see cref="Encode"/> makes.</summary>
    public static RefreshToken? Parse(string? text)
    {
        if (text is not { Length: TextLength } || !Base64Url.IsValid(text, out var length) || length != IdLength + SecretLength)
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        return new RefreshToken(new Guid(bytes.AsSpan(0, IdLength), bigEndian: true), bytes[IdLength..]);
    }

    public string Encode()
    {
        Span<byte> bytes = stackalloc byte[IdLength + SecretLength];
        SessionId.TryWriteBytes(bytes, bigEndian: true, out _);
        Secret.CopyTo(bytes[IdLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    public override string ToString() => nameof(RefreshToken);
}
