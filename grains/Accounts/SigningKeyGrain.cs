using System.Security.Cryptography;
using Chat.Accounts;
using Orleans;

namespace Chat.Grains.Accounts;

internal sealed class SigningKeyGrain(ISigningKeyStore keys, TimeProvider time) : Grain, ISigningKeyGrain
{
    public Task<Answer<SigningKey[]>> Get() => StoreOutage.Guard<SigningKey[]>(async () =>
    {
        var first = new SigningKey(RandomNumberGenerator.GetHexString(16, lowercase: true), RandomNumberGenerator.GetBytes(SigningKey.MinLength));
        return await keys.GetOrCreate(first, time.GetUtcNow());
    });
}
