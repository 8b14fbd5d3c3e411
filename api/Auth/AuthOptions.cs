namespace Chat.Api.Auth;

/// <summary>Access tokens, and how often one may try to get one. Section `Chat:Auth`, shared with the passwords and sessions of the grains.</summary>
public sealed class AuthOptions
{
    public const string Section = "Chat:Auth";

    /// <summary>How long an access token lives, in seconds. Default 3,600: 1 hour.</summary>
    public int AccessTokenSeconds { get; set; } = 3600;

    /// <summary>How far the clocks of two servers may differ, in seconds. Default 60.</summary>
    public int ClockSkewSeconds { get; set; } = 60;

    /// <summary>Who issues the tokens; a token of another issuer is refused. Default `chat`.</summary>
    public string Issuer { get; set; } = "chat";

    /// <summary>Whom the tokens are for; a token for others is refused. Default `chat`.</summary>
    public string Audience { get; set; } = "chat";

    /// <summary>The signing keys: the first signs, all of them verify. Default none: see <see cref="KeyFile"/>.</summary>
    public IList<AuthKey> Keys { get; } = [];

    /// <summary>A file of signing keys, a line each: id, space, secret in base64url. Made when it does not exist. Default none: the processes share keys that the accounts' storage keeps.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Logins a minute, of one login from one address. Default 20.</summary>
    public int LoginsPerMinute { get; set; } = 20;

    /// <summary>Logins a minute from one address. Default 300.</summary>
    public int LoginsPerMinuteAndAddress { get; set; } = 300;

    /// <summary>Registrations a minute from one address. Default 1,000.</summary>
    public int RegistrationsPerMinuteAndAddress { get; set; } = 1000;
}

/// <summary>A signing key as configured.</summary>
public sealed class AuthKey
{
    /// <summary>Goes into every token's header: 1 to 64 letters, digits, '_', '.' or '-'.</summary>
    public string? Id { get; set; }

    /// <summary>At least 32 bytes as UTF-8 that nobody can guess, `openssl rand -base64 32` for example.</summary>
    public string? Secret { get; set; }
}
