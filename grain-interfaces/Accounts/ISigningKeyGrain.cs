using Orleans;

namespace Chat.Accounts;

/// <summary>A key that signs access tokens.</summary>
/// <param name="Id">The header field `kid` of the tokens it signed.</param>
[GenerateSerializer, Immutable, Alias("chat.signing-key")]
public sealed record SigningKey([property: Id(0)] string Id, [property: Id(1)] byte[] Secret)
{
    /// <summary>In bytes; RFC 7518 asks HS256 for a key as long as its hash.</summary>
    public const int MinLength = 32;

    public override string ToString() => $"{nameof(SigningKey)} {Id}";
}

/// <summary>The keys that every frontend shares when none is configured: made once, kept where the accounts are. The key is 0.</summary>
[Alias("chat.signing-key-grain")]
public interface ISigningKeyGrain : IGrainWithIntegerKey
{
    /// <summary>Newest first: that one signs, all of them verify.</summary>
    [Alias("get")]
    Task<Answer<SigningKey[]>> Get();
}
