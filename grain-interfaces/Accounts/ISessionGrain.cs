using Orleans;

namespace Chat.Accounts;

/// <summary>One signed-in device, from its login to its logout: a family of refresh tokens of which one is live. The key is the family's id.</summary>
[Alias("chat.session-grain")]
public interface ISessionGrain : IGrainWithGuidKey
{
    [Alias("start")]
    Task<Answer<SignedIn>> Start(Account account, string? device);

    /// <summary>Trades the live token for its successor. The same token again within the grace gives the same successor; later it has been stolen,
    /// from this client or by it, and ends the session: `unauthenticated` with `refresh_reused`.</summary>
    [Alias("refresh")]
    Task<Answer<SignedIn>> Refresh(RefreshToken token);

    /// <summary>The account, as long as the session lives.</summary>
    [Alias("check")]
    Task<Answer<Account>> Check();

    /// <summary>Ends the session; ended ones stay so.</summary>
    [Alias("log-out")]
    Task<Answer<Conversations.Done>> LogOut();
}
