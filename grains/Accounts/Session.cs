using System.Security.Cryptography;

namespace Chat.Grains.Accounts;

/// <summary>What a presented refresh token is to its session.</summary>
internal enum RefreshVerdict
{
    /// <summary>The live token.</summary>
    Live,

    /// <summary>The one before, within the grace: a parallel tab, or an answer that was lost.</summary>
    Repeated,

    /// <summary>Anything else that carries the session's id: an old one, or a guess by someone who knows the session.</summary>
    Reused,

    /// <summary>The session is over.</summary>
    Ended,
}

/// <summary>A family of refresh tokens of which one is live. Holds hashes of tokens and a sealed one, never a token.</summary>
internal sealed record Session(
    Guid Id,
    Guid AccountId,
    string? Device,
    byte[] TokenHash,
    byte[]? PreviousHash,
    DateTimeOffset? RotatedAt,
    byte[]? SealedSuccessor,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset AbsoluteExpiresAt,
    DateTimeOffset? RevokedAt = null,
    string? RevokedReason = null)
{
    public static Session Start(Guid id, Guid accountId, string? device, byte[] secret, DateTimeOffset now, AccountOptions options)
    {
        var end = now + options.SessionLifetime;
        return new Session(id, accountId, device, SHA256.HashData(secret), null, null, null, now, Earlier(now + options.RefreshTokenLifetime, end), end);
    }

    public bool IsLive(DateTimeOffset now) => RevokedAt is null && now < ExpiresAt;

    public RefreshVerdict Judge(byte[] secret, DateTimeOffset now, TimeSpan grace)
    {
        if (!IsLive(now))
        {
            return RefreshVerdict.Ended;
        }

        var hash = SHA256.HashData(secret);
        if (CryptographicOperations.FixedTimeEquals(hash, TokenHash))
        {
            return RefreshVerdict.Live;
        }

        var repeated = PreviousHash is not null && CryptographicOperations.FixedTimeEquals(hash, PreviousHash) && now - RotatedAt <= grace;
        return repeated ? RefreshVerdict.Repeated : RefreshVerdict.Reused;
    }

    /// <param name="secret">The live token, which ends.</param>
    public Session Rotate(byte[] secret, byte[] successor, DateTimeOffset now, TimeSpan lifetime) => this with
    {
        TokenHash = SHA256.HashData(successor),
        PreviousHash = TokenHash,
        RotatedAt = now,
        SealedSuccessor = SuccessorSeal.Seal(secret, successor),
        ExpiresAt = Earlier(now + lifetime, AbsoluteExpiresAt),
    };

    /// <param name="secret">A token that was judged <see cref="RefreshVerdict.Repeated"/>.</param>
    public byte[] SuccessorOf(byte[] secret) => SuccessorSeal.Open(secret, SealedSuccessor!);

    public override string ToString() => $"{nameof(Session)} {Id}";

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
