using Chat.Accounts;
using Chat.Api.Auth;

namespace Chat.Tests.Auth;

/// <summary>Signs what the server's own key would sign, and what it never would.</summary>
internal static class AccessTokenMint
{
    public const string KeyId = "test";
    public const string Secret = "q8Zk1v3nT5yW7xB9dF2gH4jL6mP0rSuA";

    public static readonly SigningKey Key = new(KeyId, System.Text.Encoding.UTF8.GetBytes(Secret));
    public static readonly TokenRules Rules = new("chat", "chat", TimeSpan.FromSeconds(60));

    public static string Create(Guid userId, int secondsLeft = 3600, TokenRules? rules = null, SigningKey? key = null)
    {
        var expires = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + secondsLeft;
        return JsonWebToken.Create(new AccessClaims(userId, "ann@example.org", "ann", userId, expires - 3600, expires), rules ?? Rules, key ?? Key);
    }
}
