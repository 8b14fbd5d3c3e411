using Orleans;

namespace Chat.Accounts;

/// <summary>One account. The key is the user's id.</summary>
[Alias("chat.account-grain")]
public interface IAccountGrain : IGrainWithGuidKey
{
    [Alias("get")]
    Task<Answer<Account>> Get();
}
