using System.Diagnostics;
using Chat.Grains.Storage;
using Chat.Silo;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>A Postgres that is there and does not answer. Each test has its own.</summary>
public sealed class PostgresOutageTests
{
    private readonly StorageOptions _options = new() { DeadlineMs = 800, MaxPoolSize = 5 };
    private readonly Guid _ann = Samples.NewId();

    [Fact]
    public async Task StoppedServer_IsUnavailableWithinTheDeadline_AndHealsWhenItGoesOn()
    {
        await using var cluster = await Start();
        await using var dataSource = StorageHosting.CreateDataSource(cluster.ConnectionString, _options);
        await Migrations.Apply(dataSource, NullLogger.Instance, CancellationToken.None);
        var log = new PostgresMessageLog(Stores.Gateway(dataSource, _options));
        var conversation = Samples.Group(_ann);
        await log.Create(conversation);
        await log.Append([Samples.Message(conversation.Id, 1, _ann)]);

        await cluster.Freeze();
        var inFlight = Samples.Message(conversation.Id, 2, _ann);
        var watch = Stopwatch.StartNew();
        await Should.ThrowAsync<LogUnavailableException>(() => log.Append([inFlight]));
        watch.ElapsedMilliseconds.ShouldBeInRange(700, 2_500);

        // More callers than connections: those without one are answered just as soon.
        watch.Restart();
        var many = Enumerable.Range(0, 20).Select(_ => Should.ThrowAsync<LogUnavailableException>(() => log.Load(conversation.Id, 1)));
        await Task.WhenAll(many);
        watch.ElapsedMilliseconds.ShouldBeLessThan(3_000);

        await cluster.Thaw();

        // What was given up may still commit, at any time: sent again, it is there once.
        await Retry(() => log.Append([inFlight]));
        var next = Samples.Message(conversation.Id, 3, _ann);
        await Retry(() => log.Append([next]));
        var stored = await Retry(() => log.Load(conversation.Id, 10));
        stored!.Conversation.Head.ShouldBe(3);
        stored.Recent.Skip(1).Select(e => e.Event.MessageId).ShouldBe([inFlight.Event.MessageId, next.Event.MessageId]);
    }

    [Fact]
    public async Task NoServer_IsUnavailable()
    {
        await using var dataSource = StorageHosting.CreateDataSource("Host=127.0.0.1;Port=1;Username=x;Database=x", _options);
        var log = new PostgresMessageLog(Stores.Gateway(dataSource, _options));

        await Should.ThrowAsync<LogUnavailableException>(() => log.Load(Samples.NewId(), 1));
    }

    [Fact]
    public async Task NoServer_AtTheStart_NamesTheSettingAndThePlace_NotThePassword()
    {
        await using var dataSource = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=x;Database=x;Password=secret-1");

        var thrown = await Should.ThrowAsync<StartException>(() => Migrations.Apply(dataSource, NullLogger.Instance, CancellationToken.None));

        thrown.Message.ShouldContain("ConnectionStrings:Postgres");
        thrown.Message.ShouldContain("127.0.0.1:1");
        thrown.ToString().ShouldNotContain("secret-1");
    }

    private static async Task<PostgresCluster> Start()
    {
        try
        {
            return await PostgresCluster.Start();
        }
        catch (PostgresMissingException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    private static async Task<T> Retry<T>(Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await work();
            }
            catch (LogUnavailableException) when (watch.Elapsed < TimeSpan.FromSeconds(15))
            {
                // Its deadline paces this loop.
            }
        }
    }
}
