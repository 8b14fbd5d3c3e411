using Chat.Accounts;
using Microsoft.Extensions.Options;

namespace Chat.Api.Auth;

/// <summary>What someone who signed in is given.</summary>
/// <param name="ExpiresIn">Of the access token, in seconds.</param>
public sealed record Tokens(string AccessToken, string RefreshToken, int ExpiresIn, Account User)
{
    public override string ToString() => nameof(Tokens);
}

/// <summary>Issues and reads access tokens with the keys at hand.</summary>
internal sealed class AccessTokens(KeyRing keys, IOptions<AuthOptions> options, TimeProvider time)
{
    private readonly TokenRules _rules = new(options.Value.Issuer, options.Value.Audience, TimeSpan.FromSeconds(options.Value.ClockSkewSeconds));

    public async Task<Answer<Tokens>> Issue(SignedIn signedIn)
    {
        var ring = await keys.Get();
        if (!ring.Ok)
        {
            return ring.Refusal;
        }

        var user = signedIn.User;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var lifetime = options.Value.AccessTokenSeconds;
        var claims = new AccessClaims(user.Id, user.Email, user.Username, signedIn.RefreshToken.SessionId, now, now + lifetime);
        return new Tokens(JsonWebToken.Create(claims, _rules, ring.Value[0]), signedIn.RefreshToken.Encode(), lifetime, user);
    }

    public async ValueTask<Answer<AccessClaims>> Read(string token)
    {
        var ring = await keys.Get();
        if (!ring.Ok)
        {
            return ring.Refusal;
        }

        var fault = JsonWebToken.Read(token, ring.Value, _rules, time.GetUtcNow(), out var claims);
        if (fault == TokenFault.UnknownKey && (await keys.Renew()) is { Ok: true } renewed)
        {
            fault = JsonWebToken.Read(token, renewed.Value, _rules, time.GetUtcNow(), out claims);
        }

        return fault switch
        {
            TokenFault.None => claims!,
            TokenFault.Expired => new Refusal(RefusalCode.Unauthenticated, "The access token has expired.", "token_expired"),
            _ => new Refusal(RefusalCode.Unauthenticated, "The access token is not valid.", "token_invalid"),
        };
    }

    /// <summary>Until when a connection may live on this token; the clocks' difference is added as it is when reading.</summary>
    public DateTimeOffset EndOf(AccessClaims claims) => DateTimeOffset.FromUnixTimeSeconds(claims.ExpiresAt) + _rules.Skew;
}
