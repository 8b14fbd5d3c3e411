namespace Chat.Grains.Accounts;

/// <summary>Passwords and sessions. Section `Chat:Auth`, shared with the access tokens of the API.</summary>
public sealed class AccountOptions
{
    public const string Section = "Chat:Auth";

    /// <summary>What a password costs to hash and to guess: rounds of PBKDF2 with HMAC-SHA512. Hashes made with fewer are renewed at the next login. Default 100,000.</summary>
    public int PasswordIterations { get; set; } = 100_000;

    /// <summary>Threads that hash passwords, at most this many processors' worth. Default half the processors, at least 1.</summary>
    public int PasswordThreads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Passwords that may wait for a thread; more are answered `overloaded`. Default 64.</summary>
    public int PasswordQueue { get; set; } = 64;

    /// <summary>How long a refresh token lives, from its issue. Default 7 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a session lives, however often it is refreshed. Default 90 days.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a refresh token that was used still gives the same successor, for parallel tabs and lost answers. Default 10 s.</summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(10);
}
