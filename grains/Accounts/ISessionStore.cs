namespace Chat.Grains.Accounts;

/// <summary>Where sessions are kept. Deadline and outage as in <see cref="IAccountStore"/>.</summary>
internal interface ISessionStore
{
    /// <summary>Ended sessions of the same account are forgotten with it.</summary>
    Task Create(Session session);

    Task<Session?> Get(Guid id);

    /// <summary>Stores the rotated session only if its live token still was <paramref name="from"/> and it was not revoked.</summary>
    Task<bool> Rotate(Session rotated, byte[] from);

    /// <summary>The first reason stays.</summary>
    Task Revoke(Guid id, DateTimeOffset at, string reason);
}
