using Chat.Accounts;
using Microsoft.AspNetCore.Identity;
using Orleans;
using Orleans.Concurrency;

namespace Chat.Grains.Accounts;

[StatelessWorker, Reentrant]
internal sealed class SignInGrain(IAccountStore accounts, PasswordHashing hashing, TimeProvider time) : Grain, ISignInGrain
{
    private const int RetryAfterMs = 2000;

    public Task<Answer<SignedIn>> Register(Registration registration) => StoreOutage.Guard<SignedIn>(async () =>
    {
        if (AccountRules.Check(registration) is { } refusal)
        {
            return refusal;
        }

        var account = new Account(Guid.CreateVersion7(time.GetUtcNow()), registration.Email!, registration.Username!);
        if (TakenRefusal(await accounts.FindTaken(account.Email, account.Username)) is { } known)
        {
            return known;
        }

        if (!hashing.TryHash(registration.Password!, out var hashed))
        {
            return Busy();
        }

        var taken = await accounts.Create(new StoredAccount(account, await hashed, time.GetUtcNow()));
        return TakenRefusal(taken) ?? await StartSession(account, registration.Device);
    });

    public Task<Answer<SignedIn>> LogIn(Credentials credentials) => StoreOutage.Guard<SignedIn>(async () =>
    {
        if (AccountRules.Check(credentials) is { } refusal)
        {
            return refusal;
        }

        var stored = await FindByLogin(credentials.Login!);
        if (!hashing.TryVerify(stored?.PasswordHash, credentials.Password!, out var verifying))
        {
            return Busy();
        }

        var result = await verifying;
        if (stored is null || result == PasswordVerificationResult.Failed)
        {
            return new Refusal(RefusalCode.Unauthenticated, "The login or the password is wrong.", "credentials_invalid");
        }

        if (result == PasswordVerificationResult.SuccessRehashNeeded && hashing.TryHash(credentials.Password!, out var renewed))
        {
            await accounts.ReplacePasswordHash(stored.Account.Id, stored.PasswordHash, await renewed);
        }

        return await StartSession(stored.Account, credentials.Device);
    });

    private async Task<StoredAccount?> FindByLogin(string login) =>
        AccountRules.IsEmail(login) || AccountRules.IsUsername(login) ? await accounts.FindByLogin(login) : null;

    private Task<Answer<SignedIn>> StartSession(Account account, string? device) =>
        GrainFactory.GetGrain<ISessionGrain>(Guid.CreateVersion7(time.GetUtcNow())).Start(account, AccountRules.DeviceLabel(device));

    private static Refusal Busy() => Refusal.Overloaded("Too many people sign in at once.", RetryAfterMs);

    private static Refusal? TakenRefusal(Taken taken) => taken switch
    {
        Taken.Email => Refusal.Conflict("There is an account with this e-mail address.", "email_taken"),
        Taken.Username => Refusal.Conflict("This user name is taken.", "username_taken"),
        _ => null,
    };
}
