using System.IO.Compression;
using System.Text.Json;
using Chat.Conversations;
using Chat.Grains.Retention;
using Chat.Grains.Storage;
using Chat.Retention;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Tests.Retention;

/// <summary>A database, an archive folder and a clock, and a run on them.</summary>
internal sealed class RetentionBed : IAsyncDisposable
{
    private RetentionBed(NpgsqlDataSource dataSource, ManualTime time)
    {
        Data = dataSource;
        Time = time;
        Folder = Directory.CreateTempSubdirectory("chat-archive-").FullName;
        Options = new RetentionOptions { ArchiveFolder = Folder, MaxShare = 1, PauseMs = 0, MaxLockMs = 2_000 };
        Gateway = Stores.Gateway(dataSource, new StorageOptions { DeadlineMs = 20_000 });
        Log = new PostgresMessageLog(Gateway);
        Inbox = new PostgresInboxStore(Gateway);
        Records = new PostgresRetentionRecords(Gateway);
    }

    public NpgsqlDataSource Data { get; }

    public ManualTime Time { get; }

    public string Folder { get; }

    public RetentionOptions Options { get; }

    public PostgresGateway Gateway { get; }

    public PostgresMessageLog Log { get; }

    public PostgresInboxStore Inbox { get; }

    public PostgresRetentionRecords Records { get; }

    public static async Task<RetentionBed> Make(PostgresFixture postgres) =>
        new(StorageHosting.CreateDataSource(await postgres.CreateDatabase(), new StorageOptions()), new ManualTime());

    public PostgresRetentionStore Store() =>
        new(Stores.Pools(Data), Stores.Health(), Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System, NullLogger<PostgresGateway>.Instance);

    public RetentionReport Begin(bool dryRun = false, Guid? id = null)
    {
        var now = Time.GetUtcNow();
        return new RetentionReport(
            id ?? Guid.CreateVersion7(now), RunOutcome.Running, null, dryRun, null, null, now, null,
            RetentionRules.CutOff(now, Options.KeepDays), RetentionRules.CutOff(now, Options.PurgeDeletedDays), 0, 0, 0, 0, 0, 0, 0, 0);
    }

    public Task<RetentionReport> Run(bool dryRun = false, bool force = false, Func<IReadOnlyList<LogRange>, Task>? onTrimmed = null, Guid? id = null, CancellationToken stop = default) =>
        new RetentionRun(Store(), Records, Microsoft.Extensions.Options.Options.Create(Options), Time)
            .Execute(Begin(dryRun, id), new RunRetention(dryRun, force), onTrimmed ?? (_ => Task.CompletedTask), stop);

    /// <summary>A group whose entries were sent so many days ago, by its members in turn.</summary>
    public async Task<(Guid Id, Guid[] Members)> Conversation(params double[] daysAgo)
    {
        Guid[] members = [Samples.NewId(), Samples.NewId()];
        var conversation = Samples.Group(members);
        await Log.Create(conversation);
        await Append(conversation.Id, members, 0, daysAgo);
        return (conversation.Id, members);
    }

    public async Task Append(Guid id, Guid[] members, long head, params double[] daysAgo)
    {
        var entries = daysAgo.Select((days, i) =>
        {
            var entry = Samples.Message(id, head + i + 1, members[i % members.Length], content: $"text {i} ‒ \u05e9\"\n");
            return entry with { Event = entry.Event with { SentAt = Time.GetUtcNow().AddDays(-days) } };
        }).ToArray();
        await Log.Append(entries);
    }

    /// <summary>Many old entries at once, past the log's own way in.</summary>
    public async Task Fill(Guid id, int count, double daysAgo)
    {
        await using var command = Data.CreateCommand(
            """
            insert into messages (conversation_id, sequence, kind, message_id, sender_id, sent_at, client_message_id, type, content, content_hash)
            select $1, s, 0, gen_random_uuid(), $1, $3, 'fill-' || s, 'text', repeat('x', 80), '\x00' from generate_series(1, $2) s
            """);
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(count);
        command.Parameters.AddWithValue(Time.GetUtcNow().AddDays(-daysAgo).UtcDateTime);
        await command.ExecuteNonQueryAsync();
        await Execute($"update conversations set last_sequence = {count} where id = '{id}'");
    }

    public async Task<long[]> Sequences(Guid id) => (await Log.Read(id, 0, long.MaxValue, 100_000, newest: false)).Select(e => e.Event.Sequence!.Value).ToArray();

    /// <summary>Every row of the log as Postgres writes it, by conversation and sequence.</summary>
    public async Task<string[]> Rows()
    {
        await using var command = Data.CreateCommand("select to_jsonb(m)::text from messages m order by conversation_id, sequence");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows.ToArray();
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Data.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = Data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task Hold(Guid conversationId) =>
        Records.Hold(Guid.CreateVersion7(), new LegalHold(conversationId, "court", Samples.NewId(), Time.GetUtcNow()));

    /// <summary>All lines of all archive files, in the order of their names.</summary>
    public string[] Archived() => Directory.GetFiles(Folder, "*.jsonl.gz").Order(StringComparer.Ordinal).SelectMany(Lines).ToArray();

    public static (Guid Id, long Sequence) PlaceOf(string line)
    {
        var row = JsonDocument.Parse(line).RootElement;
        return (row.GetProperty("conversation_id").GetGuid(), row.GetProperty("sequence").GetInt64());
    }

    public async ValueTask DisposeAsync()
    {
        await Data.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static string[] Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
