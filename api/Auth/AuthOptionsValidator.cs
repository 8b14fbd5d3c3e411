using System.Text;
using Chat.Accounts;
using Chat.Grains.Accounts;
using Microsoft.Extensions.Options;

namespace Chat.Api.Auth;

/// <summary>Refuses at start what would let others sign tokens. Names the setting, never its value.</summary>
internal sealed class AuthOptionsValidator(IConfiguration configuration) : IValidateOptions<AuthOptions>
{
    private const int MinDistinctCharacters = 10;

    private static readonly string[] WellKnown = ["secret", "changeme", "change-me", "change_me", "password", "example", "default", "your-256-bit", "your_256_bit"];

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        var failures = CheckNames().Concat(CheckLimits(options)).Concat(options.Keys.SelectMany(CheckKey)).Concat(CheckIds(options.Keys)).Concat(CheckFile(options)).ToArray();
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> CheckNames()
    {
        // The section is shared with the grains' options, so the binder cannot tell what nobody knows.
        var known = typeof(AuthOptions).GetProperties().Concat(typeof(AccountOptions).GetProperties()).Select(property => property.Name);
        return configuration.GetSection(AuthOptions.Section).GetChildren()
            .Select(setting => setting.Key)
            .Except(known, StringComparer.OrdinalIgnoreCase)
            .Select(name => $"{AuthOptions.Section}:{name} is not a setting.");
    }

    private static IEnumerable<string> CheckLimits(AuthOptions options)
    {
        if (options.AccessTokenSeconds is < 1 or > 86_400)
        {
            yield return $"{AuthOptions.Section}:AccessTokenSeconds is {options.AccessTokenSeconds}; it takes 1 to 86400 seconds.";
        }

        if (options.ClockSkewSeconds is < 0 or > 300)
        {
            yield return $"{AuthOptions.Section}:ClockSkewSeconds is {options.ClockSkewSeconds}; it takes 0 to 300 seconds.";
        }

        if (string.IsNullOrWhiteSpace(options.Issuer) || string.IsNullOrWhiteSpace(options.Audience))
        {
            yield return $"{AuthOptions.Section}:Issuer and {AuthOptions.Section}:Audience take a name.";
        }

        if (Math.Min(options.LoginsPerMinute, Math.Min(options.LoginsPerMinuteAndAddress, options.RegistrationsPerMinuteAndAddress)) < 1)
        {
            yield return $"{AuthOptions.Section}:LoginsPerMinute, LoginsPerMinuteAndAddress and RegistrationsPerMinuteAndAddress take 1 or more.";
        }
    }

    private static IEnumerable<string> CheckKey(AuthKey key, int index)
    {
        var setting = $"{AuthOptions.Section}:Keys:{index}";
        if (!SigningKeyText.IsKeyId(key.Id))
        {
            yield return $"{setting}:Id takes 1 to 64 letters, digits, '_', '.' or '-'.";
        }

        if (Encoding.UTF8.GetByteCount(key.Secret ?? "") < SigningKey.MinLength)
        {
            yield return $"{setting}:Secret is missing or shorter than {SigningKey.MinLength} bytes.";
        }
        else if (IsGuessable(key.Secret!))
        {
            yield return $"{setting}:Secret is a default or otherwise easy to guess; make one with `openssl rand -base64 32`.";
        }
    }

    private static IEnumerable<string> CheckIds(IEnumerable<AuthKey> keys) => keys
        .GroupBy(key => key.Id, StringComparer.Ordinal)
        .Where(group => group.Count() > 1)
        .Select(_ => $"{AuthOptions.Section}:Keys has the same Id twice.");

    private static IEnumerable<string> CheckFile(AuthOptions options)
    {
        if (options.KeyFile is not null && options.Keys.Count == 0 && !HoldsKeys(options.KeyFile))
        {
            yield return $"{AuthOptions.Section}:KeyFile is '{options.KeyFile}', which cannot be read or made, or has a line that is not: id, space, {SigningKey.MinLength} bytes or more in base64url.";
        }
    }

    private static bool HoldsKeys(string path)
    {
        try
        {
            return SigningKeyFile.Open(path) is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static bool IsGuessable(string secret) =>
        secret.Distinct().Count() < MinDistinctCharacters || WellKnown.Any(word => secret.Contains(word, StringComparison.OrdinalIgnoreCase));
}
