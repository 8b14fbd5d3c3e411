using Orleans;

namespace Chat.Accounts;

/// <summary>Who is who. A stateless worker: the key is 0.</summary>
[Alias("chat.user-directory-grain")]
public interface IUserDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>Case does not matter.</summary>
    [Alias("find-by-username")]
    Task<Answer<UserName>> FindByUsername(string username);

    /// <summary>Those of the ids that exist, in no promised order.</summary>
    /// <param name="ids">At most 1,000.</param>
    [Alias("find")]
    Task<Answer<UserName[]>> Find(Guid[] ids);
}
