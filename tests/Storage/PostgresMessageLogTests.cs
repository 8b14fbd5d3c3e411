using System.Security.Cryptography;
using Chat.Grains.Storage;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>What only Postgres does.</summary>
public sealed class PostgresMessageLogTests(Stores stores) : IClassFixture<Stores>
{
    private readonly Guid _ann = Samples.NewId();

    [Fact]
    public async Task Append_KeyTooLongForTheIndex_IsPoison()
    {
        var log = await stores.Log(StoreKind.Postgres);
        var conversation = Samples.Group(_ann);
        await log.Create(conversation);
        var key = RandomNumberGenerator.GetHexString(20_000);

        await Should.ThrowAsync<PoisonEntryException>(() => log.Append([Samples.Message(conversation.Id, 1, _ann, key)]));

        (await log.Load(conversation.Id, 1))!.Conversation.Head.ShouldBe(0);
    }

    [Fact]
    public async Task Append_ConversationLockedElsewhere_IsUnavailableSoon()
    {
        var log = await stores.Log(StoreKind.Postgres);
        var conversation = Samples.Group(_ann);
        await log.Create(conversation);
        await using var other = await stores.DataSource!.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select from conversations where id = $1 for update", other, transaction)
        {
            Parameters = { new() { Value = conversation.Id } },
        };
        await command.ExecuteNonQueryAsync();

        var thrown = await Should.ThrowAsync<LogUnavailableException>(() => log.Append([Samples.Message(conversation.Id, 1, _ann)]));

        thrown.Message.ShouldContain("55P03");
    }

    [Fact]
    public async Task Append_AfterPoisonOnTheSameConnection_Works()
    {
        await stores.Gateway();
        var options = new StorageOptions { DeadlineMs = 20_000, MaxPoolSize = 1 };
        await using var dataSource = StorageHosting.CreateDataSource(stores.ConnectionString!, options);
        var log = new PostgresMessageLog(Stores.Gateway(dataSource, options));
        var conversation = Samples.Group(_ann);
        await log.Create(conversation);

        for (var sequence = 1; sequence <= 3; sequence++)
        {
            // Several failures at first, then fewer: one of them falls on the execution that a driver would prepare with.
            for (var failures = 0; failures < 4 - sequence; failures++)
            {
                await Should.ThrowAsync<PoisonEntryException>(() => log.Append([Samples.Message(conversation.Id, sequence, _ann, content: "\0")]));
            }

            (await log.Append([Samples.Message(conversation.Id, sequence, _ann)]))[conversation.Id].ShouldBe(AppendResult.Committed);
        }
    }

    [Theory]
    [InlineData("40P01", true, false)]
    [InlineData("55P03", true, false)]
    [InlineData("57P01", true, false)]
    [InlineData("53300", true, false)]
    [InlineData("08006", true, false)]
    [InlineData("25006", true, false)]
    [InlineData("22021", false, true)]
    [InlineData("22P05", false, true)]
    [InlineData("23502", false, true)]
    [InlineData("54000", false, true)]
    [InlineData("23505", false, false)]
    [InlineData("42P01", false, false)]
    [InlineData("", false, false)]
    public void SqlState_TellsOutageFromPoison(string sqlState, bool outage, bool poison)
    {
        PostgresErrors.IsOutage(sqlState).ShouldBe(outage);
        PostgresErrors.IsPoison(sqlState).ShouldBe(poison);
    }
}
