using Chat.Accounts;

namespace Chat.Grains.Accounts;

/// <summary>Where the shared signing keys are kept. Deadline and outage as in <see cref="IAccountStore"/>.</summary>
internal interface ISigningKeyStore
{
    /// <summary>Newest first. Stores <paramref name="first"/> when there is none yet.</summary>
    Task<SigningKey[]> GetOrCreate(SigningKey first, DateTimeOffset now);
}
