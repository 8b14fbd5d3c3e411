namespace Chat.Grains.Accounts;

/// <summary>Passwords and sessions. Section `Chat:Auth`, shared with the access tokens of the API.</summary>
public sealed class AccountOptions
{
    public const string Section = "Chat:Auth";

    /// <summary>What a password costs to hash and to guess: rounds of PBKDF2 with HMAC-SHA512. Hashes made with fewer are renewed at the next login. Default 100,000.</summary>
    public int PasswordIterations { get; set; } = 100_000;

    /// <summary>Threads that hash passwords. Default half the processors, at least 1.</summary>
    public int PasswordThreads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Passwords that may wait for a thread; more are answered `overloaded`. Default 64.</summary>
    public int PasswordQueue { get; set; } = 64;

    /// <summary>How long a refresh token lives, from its issue, in seconds. Default 604,800: 7 days.</summary>
    public int RefreshTokenSeconds { get; set; } = 7 * 24 * 3600;

    /// <summary>How long a session lives, however often it is refreshed, in seconds. Default 7,776,000: 90 days.</summary>
    public int SessionSeconds { get; set; } = 90 * 24 * 3600;

    /// <summary>How long a refresh token that was used still gives the same successor, for parallel tabs and lost answers, in seconds. Default 10.</summary>
    public int RefreshGraceSeconds { get; set; } = 10;

    internal TimeSpan RefreshTokenLifetime => TimeSpan.FromSeconds(RefreshTokenSeconds);

    internal TimeSpan SessionLifetime => TimeSpan.FromSeconds(SessionSeconds);

    internal TimeSpan RefreshGrace => TimeSpan.FromSeconds(RefreshGraceSeconds);
}
