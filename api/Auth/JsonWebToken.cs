using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Chat.Accounts;

namespace Chat.Api.Auth;

/// <summary>What an access token says about its bearer.</summary>
internal sealed record AccessClaims(Guid UserId, string Email, string Username, Guid SessionId, long IssuedAt, long ExpiresAt);

/// <summary>What a token has to say besides, to be ours.</summary>
internal sealed record TokenRules(string Issuer, string Audience, TimeSpan Skew);

internal enum TokenFault
{
    None,
    Invalid,
    UnknownKey,
    Expired,
}

/// <summary>Access tokens: JWT (RFC 7519) in JWS compact form (RFC 7515), signed with HMAC-SHA256. It reads what it writes and nothing else (RFC 8725): one algorithm,
/// one type, a header of exactly `alg`, `kid` and `typ`, base64url in its one canonical form, no member twice. The claims are looked at only once the signature holds.</summary>
internal static class JsonWebToken
{
    public const int MaxLength = 8 * 1024;

    private const string Algorithm = "HS256";
    private const string Type = "at+jwt";

    // '+' is common in addresses and in the type; escaped it would be right and unreadable.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 1 };

    public static string Create(AccessClaims claims, TokenRules rules, SigningKey key)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = Algorithm, kid = key.Id, typ = Type }, Plain);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            iss = rules.Issuer,
            aud = rules.Audience,
            sub = claims.UserId,
            email = claims.Email,
            username = claims.Username,
            sid = claims.SessionId,
            iat = claims.IssuedAt,
            exp = claims.ExpiresAt,
        }, Plain);
        return Sign(header, payload, key.Secret);
    }

    public static TokenFault Read(string token, IReadOnlyList<SigningKey> keys, TokenRules rules, DateTimeOffset now, out AccessClaims? claims)
    {
        claims = null;
        if (token.Length > MaxLength || token.Split('.', 4) is not [var header, var payload, var signature] || !TryReadHeader(header, out var keyId))
        {
            return TokenFault.Invalid;
        }

        if (keys.FirstOrDefault(key => key.Id == keyId) is not { } signer)
        {
            return TokenFault.UnknownKey;
        }

        return HoldsSignature(token.AsSpan(0, token.Length - signature.Length - 1), signature, signer.Secret)
            ? ReadClaims(payload, rules, now.ToUnixTimeSeconds(), out claims)
            : TokenFault.Invalid;
    }

    internal static string Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, byte[] secret)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(signed)))}";
    }

    internal static bool HoldsSignature(ReadOnlySpan<char> signed, string signature, byte[] secret)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(signed.ToArray()), expected);
        return TryDecode(signature, out var presented) && CryptographicOperations.FixedTimeEquals(presented, expected);
    }

    private static bool TryReadHeader(string text, [NotNullWhen(true)] out string? keyId)
    {
        keyId = null;
        if (!TryParse(text, out var header))
        {
            return false;
        }

        using (header)
        {
            // Every other member (crit, jku, x5u, jwk, zip, ...) would ask for something that is not done here.
            var known = header.RootElement.GetPropertyCount() == 3 && TextOf(header, "alg") == Algorithm && TextOf(header, "typ") == Type;
            keyId = known ? TextOf(header, "kid") : null;
            return keyId is not null;
        }
    }

    private static TokenFault ReadClaims(string text, TokenRules rules, long now, out AccessClaims? claims)
    {
        claims = null;
        if (!TryParse(text, out var payload))
        {
            return TokenFault.Invalid;
        }

        using (payload)
        {
            var skew = (long)rules.Skew.TotalSeconds;
            if (TextOf(payload, "iss") != rules.Issuer || TextOf(payload, "aud") != rules.Audience
                || NumberOf(payload, "exp") is not { } expires || NumberOf(payload, "iat") is not { } issued || issued > now + skew
                || (payload.RootElement.TryGetProperty("nbf", out _) && !(NumberOf(payload, "nbf") <= now + skew)))
            {
                return TokenFault.Invalid;
            }

            if (expires <= now - skew)
            {
                return TokenFault.Expired;
            }

            claims = SubjectOf(payload, issued, expires);
            return claims is null ? TokenFault.Invalid : TokenFault.None;
        }
    }

    private static AccessClaims? SubjectOf(JsonDocument payload, long issued, long expires) =>
        IdOf(payload, "sub") is { } user && IdOf(payload, "sid") is { } session && TextOf(payload, "email") is { } email && TextOf(payload, "username") is { } username
            ? new AccessClaims(user, email, username, session, issued, expires)
            : null;

    private static bool TryParse(string text, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = TryDecode(text, out var json) ? JsonDocument.Parse(json, Strict) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or JSON with half a surrogate pair in a name.
            return false;
        }

        return document is { RootElement.ValueKind: JsonValueKind.Object };
    }

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64Url.IsValid(text))
        {
            return false;
        }

        // The decoder forgives padding, white space and stray bits; two spellings of one token are one too many.
        bytes = Base64Url.DecodeFromChars(text);
        return Base64Url.EncodeToString(bytes) == text;
    }

    private static string? TextOf(JsonDocument document, string name)
    {
        try
        {
            return document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return null;
        }
    }

    private static long? NumberOf(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static Guid? IdOf(JsonDocument document, string name) =>
        Guid.TryParseExact(TextOf(document, name), "D", out var id) && id != Guid.Empty ? id : null;
}
