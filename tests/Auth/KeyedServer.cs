using Chat.Tests.Support;

namespace Chat.Tests.Auth;

/// <summary>A server whose signing key the tests know, whose limits are low, and which logs all it has to say.</summary>
public sealed class KeyedServer : ChatServer
{
    public const int LoginsPerMinute = 5;

    protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Chat__Auth__Keys__0__Id"] = AccessTokenMint.KeyId,
        ["Chat__Auth__Keys__0__Secret"] = AccessTokenMint.Secret,
        ["Chat__Auth__PasswordIterations"] = "10",
        ["Chat__Auth__LoginsPerMinute"] = $"{LoginsPerMinute}",
        ["Logging__LogLevel__Default"] = "Trace",
        ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
    };
}
