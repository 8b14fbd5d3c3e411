using Chat.Accounts;
using Chat.Grains.Accounts;
using Chat.Tests.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

/// <summary>What every account store must do, whatever it is made of.</summary>
public sealed class AccountStoreTests(Stores stores) : IClassFixture<Stores>
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    // The database is shared by the class: names differ from test to test.
    private readonly string _suffix = Guid.CreateVersion7(Now).ToString("N")[^12..];

    [Theory, ClassData(typeof(EveryStore))]
    public async Task An_account_is_found_by_id_address_and_name(StoreKind kind)
    {
        var store = await Open(kind);
        var ann = NewAccount("Ann");
        (await store.Create(ann)).ShouldBe(Taken.Nothing);

        (await store.Get(ann.Account.Id)).ShouldBe(ann.Account);
        (await store.FindByLogin(ann.Account.Email.ToUpperInvariant())).ShouldBe(ann);
        (await store.FindByLogin(ann.Account.Username.ToUpperInvariant())).ShouldBe(ann);
        (await store.FindByUsername(ann.Account.Username.ToLowerInvariant())).ShouldBe(new UserName(ann.Account.Id, ann.Account.Username));
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Who_is_not_there_is_not_found(StoreKind kind)
    {
        var store = await Open(kind);

        (await store.Get(NewId())).ShouldBeNull();
        (await store.FindByLogin($"nobody{_suffix}")).ShouldBeNull();
        (await store.FindByUsername($"nobody{_suffix}")).ShouldBeNull();
        (await store.FindTaken($"nobody{_suffix}@example.org", $"nobody{_suffix}")).ShouldBe(Taken.Nothing);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Addresses_and_names_are_unique_in_any_case(StoreKind kind)
    {
        var store = await Open(kind);
        var ann = NewAccount("Ann");
        await store.Create(ann);

        var sameEmail = NewAccount("other") with { Account = new Account(NewId(), ann.Account.Email.ToUpperInvariant(), $"other{_suffix}") };
        var sameName = NewAccount("other") with { Account = new Account(NewId(), $"other{_suffix}@example.org", ann.Account.Username.ToUpperInvariant()) };

        (await store.Create(sameEmail)).ShouldBe(Taken.Email);
        (await store.Create(sameName)).ShouldBe(Taken.Username);
        (await store.FindTaken(sameEmail.Account.Email, sameEmail.Account.Username)).ShouldBe(Taken.Email);
        (await store.FindTaken(sameName.Account.Email, sameName.Account.Username)).ShouldBe(Taken.Username);
        (await store.Get(sameEmail.Account.Id)).ShouldBeNull();
        (await store.Get(sameName.Account.Id)).ShouldBeNull();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Of_many_who_want_one_name_one_gets_it(StoreKind kind)
    {
        var store = await Open(kind);
        var wanting = Enumerable.Range(0, 10).Select(i => new StoredAccount(new Account(NewId(), $"{i}{_suffix}@example.org", $"ann{_suffix}"), "hash", Now));

        var results = await Task.WhenAll(wanting.Select(store.Create));

        results.Count(taken => taken == Taken.Nothing).ShouldBe(1);
        results.Count(taken => taken == Taken.Username).ShouldBe(9);
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Names_are_found_by_ids_each_once(StoreKind kind)
    {
        var store = await Open(kind);
        var (ann, bob) = (NewAccount("ann"), NewAccount("bob"));
        await store.Create(ann);
        await store.Create(bob);

        var names = await store.Find([bob.Account.Id, NewId(), ann.Account.Id, bob.Account.Id]);

        names.OrderBy(name => name.Username).ShouldBe([new UserName(ann.Account.Id, ann.Account.Username), new UserName(bob.Account.Id, bob.Account.Username)]);
        (await store.Find([])).ShouldBeEmpty();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_password_hash_is_replaced_unless_it_changed(StoreKind kind)
    {
        var store = await Open(kind);
        var ann = NewAccount("ann");
        await store.Create(ann);

        await store.ReplacePasswordHash(ann.Account.Id, from: "hash", to: "second");
        await store.ReplacePasswordHash(ann.Account.Id, from: "hash", to: "third");

        (await store.FindByLogin(ann.Account.Username))!.PasswordHash.ShouldBe("second");
    }

    private async Task<IAccountStore> Open(StoreKind kind) =>
        kind is StoreKind.Memory ? new MemoryAccountStore() : new PostgresAccountStore(await stores.Gateway());

    private StoredAccount NewAccount(string name) => new(new Account(NewId(), $"{name}{_suffix}@Example.org", $"{name}{_suffix}"), "hash", Now);

    private static Guid NewId() => Guid.CreateVersion7(Now);
}
