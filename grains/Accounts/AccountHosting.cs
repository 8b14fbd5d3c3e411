using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Chat.Grains.Accounts;

public static class AccountHosting
{
    /// <summary>Accounts, sessions and signing keys: on Postgres, or in memory. Where they are on Postgres, its gateway is there already.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, bool postgres)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PasswordHashing>();
        services.AddOptions<AccountOptions>()
            .BindConfiguration(AccountOptions.Section)
            .Validate(o => o.PasswordIterations is >= 1 and <= 10_000_000, Takes("PasswordIterations", "1 to 10000000 rounds"))
            .Validate(o => o.PasswordThreads is >= 1 and <= 256, Takes("PasswordThreads", "1 to 256 threads"))
            .Validate(o => o.PasswordQueue is >= 1 and <= 100_000, Takes("PasswordQueue", "1 to 100000 passwords"))
            .Validate(o => o.RefreshTokenSeconds > o.RefreshGraceSeconds, Takes("RefreshTokenSeconds", "more seconds than RefreshGraceSeconds"))
            .Validate(o => o.SessionSeconds >= o.RefreshTokenSeconds, Takes("SessionSeconds", "RefreshTokenSeconds or more"))
            .Validate(o => o.RefreshGraceSeconds is >= 0 and <= 60, Takes("RefreshGraceSeconds", "0 to 60 seconds"))
            .ValidateOnStart();
        return postgres ? services.AddPostgresStores() : services.AddMemoryStores();
    }

    private static IServiceCollection AddPostgresStores(this IServiceCollection services) => services
        .AddSingleton<IAccountStore, PostgresAccountStore>()
        .AddSingleton<ISessionStore, PostgresSessionStore>()
        .AddSingleton<ISigningKeyStore, PostgresSigningKeyStore>();

    private static IServiceCollection AddMemoryStores(this IServiceCollection services) => services
        .AddSingleton<IAccountStore, MemoryAccountStore>()
        .AddSingleton<ISessionStore, MemorySessionStore>()
        .AddSingleton<ISigningKeyStore, MemorySigningKeyStore>();

    private static string Takes(string setting, string values) => $"{AccountOptions.Section}:{setting} takes {values}.";
}
