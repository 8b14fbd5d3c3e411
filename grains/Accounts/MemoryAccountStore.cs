using Chat.Accounts;

namespace Chat.Grains.Accounts;

/// <summary>Accounts that end with the process.</summary>
internal sealed class MemoryAccountStore : IAccountStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, StoredAccount> _accounts = [];
    private readonly Dictionary<string, Guid> _byEmail = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Guid> _byUsername = new(StringComparer.Ordinal);

    public Task<Taken> Create(StoredAccount account)
    {
        lock (_lock)
        {
            var taken = TakenNeedsLock(account.Account.Email, account.Account.Username);
            if (taken == Taken.Nothing)
            {
                _accounts.Add(account.Account.Id, account);
                _byEmail.Add(AccountRules.KeyOf(account.Account.Email), account.Account.Id);
                _byUsername.Add(AccountRules.KeyOf(account.Account.Username), account.Account.Id);
            }

            return Task.FromResult(taken);
        }
    }

    public Task<Taken> FindTaken(string email, string username)
    {
        lock (_lock)
        {
            return Task.FromResult(TakenNeedsLock(email, username));
        }
    }

    public Task<Account?> Get(Guid id)
    {
        lock (_lock)
        {
            return Task.FromResult(_accounts.GetValueOrDefault(id)?.Account);
        }
    }

    public Task<StoredAccount?> FindByLogin(string login)
    {
        lock (_lock)
        {
            var key = AccountRules.KeyOf(login);
            return Task.FromResult(_byEmail.TryGetValue(key, out var id) || _byUsername.TryGetValue(key, out id) ? _accounts[id] : null);
        }
    }

    public Task<UserName?> FindByUsername(string username)
    {
        lock (_lock)
        {
            return Task.FromResult(_byUsername.TryGetValue(AccountRules.KeyOf(username), out var id) ? NameOf(_accounts[id]) : null);
        }
    }

    public Task<UserName[]> Find(Guid[] ids)
    {
        lock (_lock)
        {
            return Task.FromResult(ids.Distinct().Select(_accounts.GetValueOrDefault).OfType<StoredAccount>().Select(NameOf).ToArray());
        }
    }

    public Task ReplacePasswordHash(Guid id, string from, string to)
    {
        lock (_lock)
        {
            if (_accounts.TryGetValue(id, out var account) && account.PasswordHash == from)
            {
                _accounts[id] = account with { PasswordHash = to };
            }

            return Task.CompletedTask;
        }
    }

    private Taken TakenNeedsLock(string email, string username)
    {
        if (_byEmail.ContainsKey(AccountRules.KeyOf(email)))
        {
            return Taken.Email;
        }

        return _byUsername.ContainsKey(AccountRules.KeyOf(username)) ? Taken.Username : Taken.Nothing;
    }

    private static UserName NameOf(StoredAccount stored) => new(stored.Account.Id, stored.Account.Username);
}
