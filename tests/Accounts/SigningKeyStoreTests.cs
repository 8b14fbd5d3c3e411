using Chat.Accounts;
using Chat.Grains.Accounts;
using Chat.Tests.Storage;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

/// <summary>What every store of signing keys must do, whatever it is made of.</summary>
public sealed class SigningKeyStoreTests(Stores stores) : IClassFixture<Stores>
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SigningKey First = new("first", Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly SigningKey Second = new("second", Enumerable.Repeat((byte)2, 32).ToArray());

    [Theory, ClassData(typeof(EveryStore))]
    public async Task The_first_key_stays(StoreKind kind)
    {
        var store = await Open(kind);
        if (kind is StoreKind.Postgres)
        {
            await Execute("delete from signing_keys");
        }

        (await store.GetOrCreate(First, Now)).ShouldHaveSingleItem().Secret.ShouldBe(First.Secret);
        (await store.GetOrCreate(Second, Now)).ShouldHaveSingleItem().Id.ShouldBe("first");
    }

    [Fact]
    public async Task An_operator_s_newer_key_signs_and_the_older_verifies()
    {
        var store = await Open(StoreKind.Postgres);
        await Execute("delete from signing_keys");
        await store.GetOrCreate(First, Now);

        await Execute($"insert into signing_keys values ('second', decode('{Convert.ToHexString(Second.Secret)}', 'hex'), '2026-03-02')");

        (await store.GetOrCreate(First, Now)).Select(key => key.Id).ShouldBe(["second", "first"]);
    }

    private async Task<ISigningKeyStore> Open(StoreKind kind) =>
        kind is StoreKind.Memory ? new MemorySigningKeyStore() : new PostgresSigningKeyStore(await stores.Gateway());

    private async Task Execute(string sql)
    {
        await using var command = stores.DataSource!.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
