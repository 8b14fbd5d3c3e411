using Chat.Accounts;
using Orleans;
using Orleans.Concurrency;

namespace Chat.Grains.Accounts;

[StatelessWorker, Reentrant]
internal sealed class UserDirectoryGrain(IAccountStore accounts) : Grain, IUserDirectoryGrain
{
    private const int MaxIds = 1000;

    public Task<Answer<UserName>> FindByUsername(string username) => StoreOutage.Guard<UserName>(async () =>
    {
        var found = AccountRules.IsUsername(username) ? await accounts.FindByUsername(username) : null;
        return found is null ? Refusal.NotFound("user") : found;
    });

    public Task<Answer<UserName[]>> Find(Guid[] ids) => StoreOutage.Guard<UserName[]>(async () =>
        ids.Length > MaxIds ? Refusal.Invalid($"At most {MaxIds} ids at once.", "too_many_ids") : await accounts.Find(ids));
}
