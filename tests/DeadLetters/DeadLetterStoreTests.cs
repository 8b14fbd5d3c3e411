using Chat.Grains.DeadLetters;
using Chat.Tests.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.DeadLetters;

public sealed class DeadLetterStoreTests(Stores stores) : IClassFixture<Stores>
{
    [Fact]
    public async Task A_payload_that_is_no_text_is_kept_byte_by_byte_and_once()
    {
        var store = new PostgresDeadLetterStore(await stores.Gateway());
        var letter = new DeadLetter(Samples.NewId(), Samples.NewId(), Samples.NewId(), "key", Samples.NewId(), [0, 0xff, 0x22], "poison", 1, Samples.Start);

        await store.Add(letter);
        await store.Add(letter with { Reason = "again" });

        await using var command = stores.DataSource!.CreateCommand("select payload, reason, at from dead_letters");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        reader.GetFieldValue<byte[]>(0).ShouldBe([0, 0xff, 0x22]);
        reader.GetString(1).ShouldBe("poison");
        reader.GetFieldValue<DateTimeOffset>(2).ShouldBe(Samples.Start);
        (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
    }
}
