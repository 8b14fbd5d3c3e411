using Chat.Accounts;
using Orleans;

namespace Chat.Grains.Accounts;

internal sealed class AccountGrain(IAccountStore accounts) : Grain, IAccountGrain
{
    private Account? _account;

    public Task<Answer<Account>> Get() => StoreOutage.Guard<Account>(async () =>
    {
        _account ??= await accounts.Get(this.GetPrimaryKey());
        if (_account is not null)
        {
            return _account;
        }

        DeactivateOnIdle();
        return Refusal.NotFound("user");
    });
}
