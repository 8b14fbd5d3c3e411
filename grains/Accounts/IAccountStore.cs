using Chat.Accounts;

namespace Chat.Grains.Accounts;

/// <summary>An account with what only the store keeps.</summary>
internal sealed record StoredAccount(Account Account, string PasswordHash, DateTimeOffset CreatedAt)
{
    public override string ToString() => $"{nameof(StoredAccount)} {Account.Id}";
}

/// <summary>What another account has already.</summary>
internal enum Taken
{
    Nothing,
    Email,
    Username,
}

/// <summary>Where accounts are kept. Every call ends within its deadline with an answer or a <see cref="Storage.LogUnavailableException"/>.</summary>
internal interface IAccountStore
{
    /// <summary>Stored only if nothing is taken.</summary>
    Task<Taken> Create(StoredAccount account);

    Task<Taken> FindTaken(string email, string username);

    Task<Account?> Get(Guid id);

    /// <param name="login">E-mail address or user name, in any case.</param>
    Task<StoredAccount?> FindByLogin(string login);

    Task<UserName?> FindByUsername(string username);

    /// <summary>Those that exist, each once.</summary>
    Task<UserName[]> Find(Guid[] ids);

    /// <summary>Nothing happens if the password was changed meanwhile.</summary>
    Task ReplacePasswordHash(Guid id, string from, string to);
}
