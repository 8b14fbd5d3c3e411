using Chat.Accounts;

namespace Chat.Grains.Accounts;

/// <summary>One key that ends with the process, and the tokens it signed with it.</summary>
internal sealed class MemorySigningKeyStore : ISigningKeyStore
{
    private SigningKey? _key;

    public Task<SigningKey[]> GetOrCreate(SigningKey first, DateTimeOffset now) =>
        Task.FromResult(new[] { Interlocked.CompareExchange(ref _key, first, null) ?? first });
}
