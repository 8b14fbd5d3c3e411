using Chat.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Grains.Retention;

/// <summary>A conversation's log as a survey finds it.</summary>
/// <param name="Due">Its oldest entries that are all older than the cut-off.</param>
/// <param name="MayGoOn">As many were looked at as one query does, and all of them are due.</param>
internal readonly record struct SurveyedLog(LogRange Due, long Head, bool Held, bool MayGoOn);

/// <summary>An entry as it was read, and which version of its row that was.</summary>
internal readonly record struct ReadEntry(Guid ConversationId, long Sequence, string Version);

internal enum TrimResult
{
    Trimmed,

    /// <summary>Nothing went: an entry is not as it was read, or its log does not begin there.</summary>
    Changed,

    /// <summary>Nothing went: a conversation among them is held.</summary>
    Held,

    /// <summary>Nothing went: it took longer than locks may be held, or waited that long for one.</summary>
    TooSlow,
}

/// <summary>What retention asks of the log. Reading has a deadline of its own, which is long; what takes locks has one that is short.</summary>
internal sealed class PostgresRetentionStore(
    PostgresPools pools, LogHealth health, IOptions<RetentionOptions> options, TimeProvider time, ILogger<PostgresGateway> logger)
{
    private const string EntryChanged = "RT001";
    private const string ConversationHeld = "RT002";

    // No more than this of a log in one query, so that a query of many logs ends.
    private const int Step = 1_000;

    private readonly int _maxLockMs = options.Value.MaxLockMs;
    private readonly PostgresGateway _gateway =
        new(pools, health, Options.Create(new StorageOptions { DeadlineMs = options.Value.QueryDeadlineMs }), time, logger);

    /// <summary>The logs of the conversations behind <paramref name="after"/>, by id.</summary>
    public Task<SurveyedLog[]> Survey(Guid after, int limit, DateTimeOffset cutOff) => _gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            select c.id, c.trimmed_through, c.last_sequence, hold.id is not null, coalesce(old.through, c.trimmed_through), coalesce(old.all_due and old.entries = $4, false)
            from (select * from conversations c where c.id > $1 order by c.id limit $2) c
            left join retention_holds hold on hold.conversation_id = c.id and hold.released_at is null
            left join messages oldest on oldest.conversation_id = c.id and oldest.sequence = c.trimmed_through + 1
            left join lateral (
              select coalesce(min(e.sequence) filter (where e.sent_at >= $3) - 1, max(e.sequence)) as through, bool_and(e.sent_at < $3) as all_due, count(*) as entries
              from (
                select m.sequence, m.sent_at from messages m
                where oldest.sent_at < $3 and m.conversation_id = c.id and m.sequence > c.trimmed_through
                order by m.sequence limit $4) e) old on true
            order by c.id
            """,
            after, limit, cutOff.UtcDateTime, Step);
        await using var reader = await command.ExecuteReaderAsync();
        var logs = new List<SurveyedLog>();
        while (await reader.ReadAsync())
        {
            var due = new LogRange(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(4));
            logs.Add(new SurveyedLog(due, reader.GetInt64(2), reader.GetBoolean(3), reader.GetBoolean(5)));
        }

        return logs.ToArray();
    });

    /// <summary>How far the entries from <paramref name="after"/> on are due, and whether to ask again from there.</summary>
    public Task<(long Through, bool MayGoOn)> DueThrough(Guid conversationId, long after, DateTimeOffset cutOff) => _gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            select coalesce(min(e.sequence) filter (where e.sent_at >= $3) - 1, max(e.sequence), $2), coalesce(bool_and(e.sent_at < $3), false) and count(*) = $4
            from (select m.sequence, m.sent_at from messages m where m.conversation_id = $1 and m.sequence > $2 order by m.sequence limit $4) e
            """,
            conversationId, after, cutOff.UtcDateTime, Step * 10);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetBoolean(1));
    });

    /// <summary>The entries of these ranges, in the order of the primary key; into the file of this name first, if there is an archive.</summary>
    public Task<ReadEntry[]> Read(IReadOnlyList<LogRange> ranges, RetentionArchive? archive, string file) => _gateway.Run(async connection =>
    {
        // What somebody deleted does not live on in an archive.
        const string line = "(to_jsonb(m) || case when m.deleted_at is null then '{}' else '{\"content\": null}' end::jsonb)::text";
        await using var command = await PostgresStatement.Prepare(
            connection,
            $"""
            select m.conversation_id, m.sequence, m.xmin::text, {(archive is null ? "''" : line)}
            from unnest($1, $2, $3) as r (conversation_id, after, through)
            join messages m on m.conversation_id = r.conversation_id and m.sequence > r.after and m.sequence <= r.through
            order by m.conversation_id, m.sequence
            """,
            ranges.Select(r => r.ConversationId).ToArray(), ranges.Select(r => r.After).ToArray(), ranges.Select(r => r.Through).ToArray());
        return archive is null ? await ReadAll(command, TextWriter.Null) : await archive.Write(file, writer => ReadAll(command, writer));
    });

    /// <summary>Takes these entries, the beginnings of their logs, out of the log in a transaction of its own: all or none.</summary>
    public async Task<TrimResult> Trim(ReadEntry[] entries)
    {
        try
        {
            await _gateway.Run(connection => WithShortLocks(
                connection,
                "select trim_log($1, $2, $3)",
                Array.ConvertAll(entries, e => e.ConversationId), Array.ConvertAll(entries, e => e.Sequence), Array.ConvertAll(entries, e => e.Version)));
            return TrimResult.Trimmed;
        }
        catch (PostgresException e) when (e.SqlState is EntryChanged or ConversationHeld)
        {
            return e.SqlState is EntryChanged ? TrimResult.Changed : TrimResult.Held;
        }
        catch (LogUnavailableException e) when (IsTooSlow(e))
        {
            return TrimResult.TooSlow;
        }
    }

    public Task<long> CountUnpurged(DateTimeOffset deletedBefore) => _gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            select count(*) from messages m where m.deleted_at is not null and m.content is not null and m.deleted_at < $1
              and not exists (select from retention_holds h where h.conversation_id = m.conversation_id and h.released_at is null)
            """,
            deletedBefore.UtcDateTime);
        return (long)(await command.ExecuteScalarAsync())!;
    });

    /// <summary>How many were purged; null when it took longer than locks may be held, and nothing was.</summary>
    public async Task<long?> Purge(DateTimeOffset deletedBefore, int limit)
    {
        try
        {
            return await _gateway.Run(connection => WithShortLocks(connection, "select purge_deleted($1, $2)", deletedBefore.UtcDateTime, limit)) as long?;
        }
        catch (LogUnavailableException e) when (IsTooSlow(e))
        {
            return null;
        }
    }

    private async Task<object?> WithShortLocks(NpgsqlConnection connection, string sql, params object[] values)
    {
        // One round trip, one transaction: no lock waits for us to say commit.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresStatement.Part("select set_config('statement_timeout', $1, true)", $"{_maxLockMs}"));
        batch.BatchCommands.Add(PostgresStatement.Part(sql, values));
        await batch.PrepareAsync();
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        return await reader.ReadAsync() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    private static bool IsTooSlow(LogUnavailableException e) =>
        e.InnerException is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };

    private static async Task<ReadEntry[]> ReadAll(NpgsqlCommand command, TextWriter lines)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var entries = new List<ReadEntry>();
        while (await reader.ReadAsync())
        {
            entries.Add(new ReadEntry(reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2)));
            await lines.WriteLineAsync(reader.GetString(3));
        }

        return entries.ToArray();
    }
}
