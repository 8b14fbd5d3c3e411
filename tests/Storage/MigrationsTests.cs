using Chat.Silo;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

public sealed class MigrationsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Apply_ByFourStartersAtOnce_AppliesEachFileOnce()
    {
        await using var dataSource = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Apply(dataSource))));
        await Apply(dataSource);

        var numbers = await Numbers(dataSource);
        numbers.ShouldBe(Enumerable.Range(1, numbers.Length));
        numbers.Length.ShouldBe(Migrations.Load(typeof(Migrations).Assembly).Count);
    }

    [Fact]
    public async Task Apply_ChangedFile_IsRefusedByName()
    {
        await using var dataSource = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        await Apply(dataSource, Migrations.Step.Of("001_first.sql", "create table first (id int)"));

        var thrown = await Should.ThrowAsync<StartException>(() => Apply(dataSource, Migrations.Step.Of("001_first.sql", "create table first (id bigint)")));

        thrown.Message.ShouldContain("001_first.sql");
    }

    [Fact]
    public async Task Apply_FailingFile_LeavesNothingOfIt_AndTheLockFree()
    {
        await using var dataSource = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        var first = Migrations.Step.Of("001_first.sql", "create table first (id int)");

        await Should.ThrowAsync<PostgresException>(() => Apply(dataSource, first, Migrations.Step.Of("002_second.sql", "create table second (id int); select 1 / 0")));
        (await Numbers(dataSource)).ShouldBe([1]);
        await Apply(dataSource, first, Migrations.Step.Of("002_second.sql", "create table second (id int)"));

        (await Numbers(dataSource)).ShouldBe([1, 2]);
    }

    private static Task Apply(NpgsqlDataSource dataSource, params Migrations.Step[] steps) => steps.Length == 0
        ? Migrations.Apply(dataSource, NullLogger.Instance, CancellationToken.None)
        : Migrations.Apply(dataSource, steps, NullLogger.Instance, CancellationToken.None);

    private static async Task<int[]> Numbers(NpgsqlDataSource dataSource)
    {
        await using var command = dataSource.CreateCommand("select coalesce(array_agg(number order by number), '{}') from schema_versions");
        return (int[])(await command.ExecuteScalarAsync())!;
    }
}
