using System.Security.Cryptography;
using Chat.Accounts;
using Chat.Grains.Accounts;
using Chat.Tests.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

/// <summary>What every session store must do, whatever it is made of.</summary>
public sealed class SessionStoreTests(Stores stores) : IClassFixture<Stores>
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AccountOptions Options = new();

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _successor = RandomNumberGenerator.GetBytes(32);

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_session_is_read_as_stored(StoreKind kind)
    {
        var (store, session) = await Start(kind);

        ShouldBe(await store.Get(session.Id), session);
        (await store.Get(NewId())).ShouldBeNull();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_rotated_session_is_read_as_stored(StoreKind kind)
    {
        var (store, session) = await Start(kind);
        var rotated = Rotate(session);

        (await store.Rotate(rotated, session.TokenHash)).ShouldBeTrue();

        ShouldBe(await store.Get(session.Id), rotated);
        (await store.Get(session.Id))!.SuccessorOf(_secret).ShouldBe(_successor);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Of_many_rotations_one_holds(StoreKind kind)
    {
        var (store, session) = await Start(kind);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => store.Rotate(session.Rotate(_secret, RandomNumberGenerator.GetBytes(32), Now, Options.RefreshTokenLifetime), session.TokenHash)));

        results.Count(held => held).ShouldBe(1);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_revoked_session_is_not_rotated_and_keeps_its_first_reason(StoreKind kind)
    {
        var (store, session) = await Start(kind);

        await store.Revoke(session.Id, Now, "first");
        await store.Revoke(session.Id, Now.AddHours(1), "second");

        (await store.Rotate(Rotate(session), session.TokenHash)).ShouldBeFalse();
        ShouldBe(await store.Get(session.Id), session with { RevokedAt = Now, RevokedReason = "first" });
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_new_session_forgets_the_ended_ones_of_its_account_only(StoreKind kind)
    {
        var (store, revoked) = await Start(kind);
        var live = NewSession(revoked.AccountId, Now);
        await store.Create(live);
        var (_, foreign) = await Start(kind, store);
        await store.Revoke(revoked.Id, Now, "ended");
        await store.Revoke(foreign.Id, Now, "ended");

        await store.Create(NewSession(revoked.AccountId, Now.AddHours(1)));
        (await store.Get(revoked.Id)).ShouldBeNull();
        (await store.Get(live.Id)).ShouldNotBeNull();
        (await store.Get(foreign.Id)).ShouldNotBeNull();

        await store.Create(NewSession(revoked.AccountId, live.ExpiresAt));
        (await store.Get(live.Id)).ShouldBeNull();
    }

    private static void ShouldBe(Session? actual, Session expected)
    {
        // Arrays are compared by their content, not by which array they are.
        actual.ShouldNotBeNull();
        actual.TokenHash.ShouldBe(expected.TokenHash);
        actual.PreviousHash.ShouldBe(expected.PreviousHash);
        actual.SealedSuccessor.ShouldBe(expected.SealedSuccessor);
        (actual with { TokenHash = expected.TokenHash, PreviousHash = expected.PreviousHash, SealedSuccessor = expected.SealedSuccessor }).ShouldBe(expected);
    }

    private async Task<(ISessionStore Store, Session Session)> Start(StoreKind kind, ISessionStore? opened = null)
    {
        var accountId = NewId();
        if (kind is StoreKind.Postgres)
        {
            var name = accountId.ToString("N");
            await new PostgresAccountStore(await stores.Gateway()).Create(new StoredAccount(new Account(accountId, $"{name}@example.org", name), "hash", Now));
        }

        var store = opened ?? (kind is StoreKind.Memory ? new MemorySessionStore() : new PostgresSessionStore(await stores.Gateway()));
        var session = NewSession(accountId, Now);
        await store.Create(session);
        return (store, session);
    }

    private Session NewSession(Guid accountId, DateTimeOffset now) => Session.Start(NewId(), accountId, "Firefox", _secret, now, Options);

    private Session Rotate(Session session) => session.Rotate(_secret, _successor, Now.AddHours(1), Options.RefreshTokenLifetime);

    private static Guid NewId() => Guid.CreateVersion7(Now);
}
