using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Chat.Api.Auth;

/// <summary>How often one may try to sign in. Counted by address, and by address and login together, so that a stranger cannot lock anybody out.
/// Each process counts for itself.</summary>
internal sealed class SignInLimits(IOptions<AuthOptions> options) : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> _logins = PerMinute(options.Value.LoginsPerMinute);
    private readonly PartitionedRateLimiter<string> _loginsOfAddress = PerMinute(options.Value.LoginsPerMinuteAndAddress);
    private readonly PartitionedRateLimiter<string> _registrationsOfAddress = PerMinute(options.Value.RegistrationsPerMinuteAndAddress);

    /// <summary>Null when it may go on.</summary>
    public Refusal? TakeLogin(HttpContext context, string? login)
    {
        var address = AddressOf(context);
        return Take(_loginsOfAddress, address) ?? Take(_logins, $"{address} {Clip(login).ToLowerInvariant()}");
    }

    /// <summary>Null when it may go on.</summary>
    public Refusal? TakeRegistration(HttpContext context) => Take(_registrationsOfAddress, AddressOf(context));

    public void Dispose()
    {
        _logins.Dispose();
        _loginsOfAddress.Dispose();
        _registrationsOfAddress.Dispose();
    }

    private static Refusal? Take(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
        {
            return null;
        }

        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : Window;
        return new Refusal(RefusalCode.RateLimited, "Too many attempts; try again later.", null, (int)wait.TotalMilliseconds);
    }

    private static PartitionedRateLimiter<string> PerMinute(int permits) => PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = Window }),
        StringComparer.Ordinal);

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static string Clip(string? login) => login is { Length: > 254 } ? login[..254] : login ?? "";
}
