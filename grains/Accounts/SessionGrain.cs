using System.Security.Cryptography;
using Chat.Accounts;
using Chat.Conversations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Chat.Grains.Accounts;

// A session is refreshed once an hour: keeping it in memory in between would cost more than reading it again.
[CollectionAgeLimit(Minutes = 2)]
internal sealed partial class SessionGrain(
    ISessionStore sessions, IOptions<AccountOptions> options, TimeProvider time, ILogger<SessionGrain> logger) : Grain, ISessionGrain
{
    private const string LoggedOut = "logged_out";
    private const string RefreshReused = "refresh_reused";

    private Session? _session;

    public Task<Answer<SignedIn>> Start(Account account, string? device) => StoreOutage.Guard<SignedIn>(async () =>
    {
        var secret = RandomNumberGenerator.GetBytes(RefreshToken.SecretLength);
        var session = Session.Start(this.GetPrimaryKey(), account.Id, device, secret, time.GetUtcNow(), options.Value);
        await sessions.Create(session);
        _session = session;
        return new SignedIn(account, new RefreshToken(session.Id, secret));
    });

    public Task<Answer<SignedIn>> Refresh(RefreshToken token) => StoreOutage.Guard<SignedIn>(async () =>
    {
        if (await Load() is not { } session)
        {
            return Refused("The refresh token is not one.", "refresh_invalid");
        }

        return session.Judge(token.Secret, time.GetUtcNow(), options.Value.RefreshGrace) switch
        {
            RefreshVerdict.Live => await Rotate(session, token.Secret),
            RefreshVerdict.Repeated => await Repeat(session, token.Secret),
            RefreshVerdict.Reused => await RevokeReused(session),
            _ => Over(),
        };
    });

    public Task<Answer<Account>> Check() => StoreOutage.Guard<Account>(async () =>
    {
        var session = await Load();
        return session?.IsLive(time.GetUtcNow()) == true ? await AccountOf(session) : Over();
    });

    public Task<Answer<Done>> LogOut() => StoreOutage.Guard<Done>(async () =>
    {
        if (await Load() is { } session)
        {
            await Revoke(session, LoggedOut);
        }

        return Done.Instance;
    });

    private async Task<Session?> Load()
    {
        _session ??= await sessions.Get(this.GetPrimaryKey());
        if (_session is null)
        {
            DeactivateOnIdle();
        }

        return _session;
    }

    private async Task<Answer<SignedIn>> Rotate(Session session, byte[] secret)
    {
        // Before the rotation, so that nothing behind it can fail and cost the client its answer.
        var account = await AccountOf(session);
        if (!account.Ok)
        {
            return account.Refusal;
        }

        var successor = RandomNumberGenerator.GetBytes(RefreshToken.SecretLength);
        var rotated = session.Rotate(secret, successor, time.GetUtcNow(), options.Value.RefreshTokenLifetime);

        // Until the store has answered nobody knows which token is live: what is read next decides.
        _session = null;
        if (!await sessions.Rotate(rotated, from: session.TokenHash))
        {
            return Refusal.Unavailable("The session was changed elsewhere at the same moment.", retryAfterMs: 100);
        }

        _session = rotated;
        return new SignedIn(account.Value, new RefreshToken(rotated.Id, successor));
    }

    private async Task<Answer<SignedIn>> Repeat(Session session, byte[] secret)
    {
        var account = await AccountOf(session);
        return account.Ok ? new SignedIn(account.Value, new RefreshToken(session.Id, session.SuccessorOf(secret))) : account.Refusal;
    }

    private async Task<Answer<SignedIn>> RevokeReused(Session session)
    {
        await Revoke(session, RefreshReused);
        LogRefreshReused(logger, session.Id.ToString()[^4..]);
        return Refused("The refresh token was used before; its session is ended.", RefreshReused);
    }

    private async Task Revoke(Session session, string reason)
    {
        _session = null;
        await sessions.Revoke(session.Id, time.GetUtcNow(), reason);
    }

    private async Task<Answer<Account>> AccountOf(Session session)
    {
        var account = await GrainFactory.GetGrain<IAccountGrain>(session.AccountId).Get();
        return account.Refusal?.Code == RefusalCode.NotFound ? Over() : account;
    }

    private static Refusal Over() => Refused("The session has ended.", "session_ended");

    private static Refusal Refused(string message, string reason) => new(RefusalCode.Unauthenticated, message, reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A refresh token of session ...{SessionTail} came back after its grace: the session is ended.")]
    private static partial void LogRefreshReused(ILogger logger, string sessionTail);
}
