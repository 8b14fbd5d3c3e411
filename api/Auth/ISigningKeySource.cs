using System.Text;
using Chat.Accounts;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Api.Auth;

/// <summary>Where the signing keys come from.</summary>
internal interface ISigningKeySource
{
    /// <summary>The first signs, all of them verify.</summary>
    Task<Answer<SigningKey[]>> Load();
}

/// <summary>Keys of the settings, or of the key file they name.</summary>
internal sealed class ConfiguredKeys(IOptions<AuthOptions> options) : ISigningKeySource
{
    public Task<Answer<SigningKey[]>> Load()
    {
        var keys = options.Value.Keys.Select(key => new SigningKey(key.Id!, Encoding.UTF8.GetBytes(key.Secret!))).ToArray();
        return Task.FromResult<Answer<SigningKey[]>>(keys.Length > 0 ? keys : SigningKeyFile.Open(options.Value.KeyFile!)!);
    }
}

/// <summary>Keys that all processes share because the accounts' storage keeps them.</summary>
internal sealed class SharedKeys(IGrainFactory grains) : ISigningKeySource
{
    private const int RetryAfterMs = 1000;

    public async Task<Answer<SigningKey[]>> Load()
    {
        try
        {
            return await grains.GetGrain<ISigningKeyGrain>(0).Get();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return Refusal.Unavailable("The signing keys cannot be reached now.", RetryAfterMs);
        }
    }
}
