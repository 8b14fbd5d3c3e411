using System.Security.Cryptography;
using Chat.Grains.Accounts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class SessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AccountOptions Options = new();

    [Fact]
    public void The_live_token_is_live_until_it_expires()
    {
        var session = NewSession(out var secret);

        Judge(session, secret, Options.RefreshTokenLifetime - TimeSpan.FromTicks(1)).ShouldBe(RefreshVerdict.Live);
        Judge(session, secret, Options.RefreshTokenLifetime).ShouldBe(RefreshVerdict.Ended);
    }

    [Fact]
    public void A_used_token_gives_its_successor_within_the_grace()
    {
        var first = NewSession(out var secret);
        var successor = NewSecret();
        var second = first.Rotate(secret, successor, Start, Options.RefreshTokenLifetime);

        Judge(second, secret, Options.RefreshGrace).ShouldBe(RefreshVerdict.Repeated);
        second.SuccessorOf(secret).ShouldBe(successor);
        Judge(second, successor, TimeSpan.Zero).ShouldBe(RefreshVerdict.Live);
    }

    [Fact]
    public void A_used_token_is_reused_after_the_grace()
    {
        var session = NewSession(out var secret).Rotate(secret, NewSecret(), Start, Options.RefreshTokenLifetime);

        Judge(session, secret, Options.RefreshGrace + TimeSpan.FromTicks(1)).ShouldBe(RefreshVerdict.Reused);
    }

    [Fact]
    public void A_token_used_twice_ago_is_reused_at_once()
    {
        var first = NewSession(out var secret);
        var second = NewSecret();
        var third = first.Rotate(secret, second, Start, Options.RefreshTokenLifetime).Rotate(second, NewSecret(), Start, Options.RefreshTokenLifetime);

        Judge(third, secret, TimeSpan.Zero).ShouldBe(RefreshVerdict.Reused);
    }

    [Fact]
    public void A_stranger_s_token_is_reused() => Judge(NewSession(out _), NewSecret(), TimeSpan.Zero).ShouldBe(RefreshVerdict.Reused);

    [Fact]
    public void A_revoked_session_is_over_for_every_token()
    {
        var session = NewSession(out var secret) with { RevokedAt = Start };

        Judge(session, secret, TimeSpan.Zero).ShouldBe(RefreshVerdict.Ended);
        Judge(session, NewSecret(), TimeSpan.Zero).ShouldBe(RefreshVerdict.Ended);
    }

    [Fact]
    public void However_often_it_is_refreshed_a_session_ends() =>
        Prop.ForAll<PositiveInt[]>(pauses =>
        {
            var session = NewSession(out var secret);
            var now = Start;
            foreach (var pause in pauses)
            {
                now += TimeSpan.FromHours(pause.Get);
                if (session.Judge(secret, now, Options.RefreshGrace) != RefreshVerdict.Live)
                {
                    break;
                }

                var successor = NewSecret();
                session = session.Rotate(secret, successor, now, Options.RefreshTokenLifetime);
                secret = successor;
            }

            return session.ExpiresAt <= Start + Options.SessionLifetime
                && session.Judge(secret, Start + Options.SessionLifetime, Options.RefreshGrace) == RefreshVerdict.Ended;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_sealed_successor_opens_with_its_predecessor_only()
    {
        var predecessor = NewSecret();
        var box = SuccessorSeal.Seal(predecessor, NewSecret());

        Should.Throw<AuthenticationTagMismatchException>(() => SuccessorSeal.Open(NewSecret(), box));
    }

    private static RefreshVerdict Judge(Session session, byte[] secret, TimeSpan after) => session.Judge(secret, Start + after, Options.RefreshGrace);

    private static Session NewSession(out byte[] secret)
    {
        secret = NewSecret();
        return Session.Start(Guid.CreateVersion7(Start), Guid.CreateVersion7(Start), null, secret, Start, Options);
    }

    private static byte[] NewSecret() => RandomNumberGenerator.GetBytes(32);
}
