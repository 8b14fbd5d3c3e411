using Chat.Grains.Storage;
using Chat.Retention;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.Retention;

/// <summary>What is written down about retention: its runs, and what operators hold.</summary>
internal sealed class PostgresRetentionRecords(PostgresGateway gateway)
{
    private const string RunColumns =
        "id, outcome, reason, dry_run, forced_by, force_reason, started_at, ended_at, cut_off, purge_cut_off, "
        + "log_rows, due_rows, conversations, held_conversations, archived_rows, archive_files, deleted_rows, purged_contents";

    private const string HoldColumns = "conversation_id, reason, placed_by, placed_at";

    /// <summary>When the last run that was let through began or ended. Runs that were refused do not count: their clock may have been the wrong one.</summary>
    public Task<DateTimeOffset?> LastRunAt() => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            $"select greatest(started_at, ended_at) from retention_runs where not dry_run and outcome <> {(int)RunOutcome.Refused} order by number desc limit 1");
        return await command.ExecuteScalarAsync() is DateTime at ? new DateTimeOffset(at, TimeSpan.Zero) : (DateTimeOffset?)null;
    });

    /// <summary>A run that is still written down as running was interrupted by the death of its process.</summary>
    public Task Begin(RetentionReport run) => gateway.Run(async connection =>
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresStatement.Part(
            $"update retention_runs set outcome = {(int)RunOutcome.Interrupted} where outcome = {(int)RunOutcome.Running}"));
        batch.BatchCommands.Add(PostgresStatement.Part(
            "insert into retention_runs (id, outcome, dry_run, forced_by, force_reason, started_at, cut_off, purge_cut_off) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            run.Id, (short)run.Outcome, run.DryRun, Nullable(run.ForcedBy, NpgsqlDbType.Uuid), Nullable(run.ForceReason, NpgsqlDbType.Text),
            run.StartedAt.UtcDateTime, run.CutOff.UtcDateTime, run.PurgeCutOff.UtcDateTime));
        await batch.PrepareAsync();
        await batch.ExecuteNonQueryAsync();
    });

    public Task Save(RetentionReport run) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            update retention_runs set outcome = $2, reason = $3, ended_at = $4, log_rows = $5, due_rows = $6, conversations = $7, held_conversations = $8,
              archived_rows = $9, archive_files = $10, deleted_rows = $11, purged_contents = $12
            where id = $1
            """,
            run.Id, (short)run.Outcome, Nullable(run.Reason, NpgsqlDbType.Text), Nullable(run.EndedAt?.UtcDateTime, NpgsqlDbType.TimestampTz), run.LogRows, run.DueRows,
            run.Conversations, run.HeldConversations, run.ArchivedRows, run.ArchiveFiles, run.DeletedRows, run.PurgedContents);
        await command.ExecuteNonQueryAsync();
    });

    public Task<RetentionReport[]> Latest(int limit) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, $"select {RunColumns} from retention_runs order by number desc limit $1", limit);
        return await ReadAll(command, ReadRun);
    });

    /// <summary>Null when there is no such conversation; the hold that stands when there is one already.</summary>
    public Task<LegalHold?> Hold(Guid id, LegalHold hold) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            $"""
            with conversation as materialized (
              -- Waits for a deletion that is under way; one that comes later finds the hold.
              select id from conversations where id = $2 for no key update
            ), placed as (
              insert into retention_holds (id, conversation_id, reason, placed_by, placed_at)
              select $1, c.id, $3, $4, $5 from conversation c
              on conflict (conversation_id) where released_at is null do update set reason = retention_holds.reason
              returning {HoldColumns}
            )
            select {HoldColumns} from placed
            """,
            id, hold.ConversationId, hold.Reason, hold.PlacedBy, hold.PlacedAt.UtcDateTime);
        return (await ReadAll(command, ReadHold)).FirstOrDefault();
    });

    /// <summary>False when none stands.</summary>
    public Task<bool> Release(Guid conversationId, Guid operatorId, string reason, DateTimeOffset at) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            "update retention_holds set released_by = $2, release_reason = $3, released_at = $4 where conversation_id = $1 and released_at is null",
            conversationId, operatorId, reason, at.UtcDateTime);
        return await command.ExecuteNonQueryAsync() > 0;
    });

    public Task<LegalHold[]> Holds(int limit) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection, $"select {HoldColumns} from retention_holds where released_at is null order by placed_at desc, id desc limit $1", limit);
        return await ReadAll(command, ReadHold);
    });

    public Task<Guid[]> HeldAmong(Guid[] conversationIds) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection, "select conversation_id from retention_holds where released_at is null and conversation_id = any ($1)", conversationIds);
        return await ReadAll(command, reader => reader.GetGuid(0));
    });

    private static RetentionReport ReadRun(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        (RunOutcome)reader.GetInt16(1),
        PostgresEntries.Reference<string>(reader, 2),
        reader.GetBoolean(3),
        PostgresEntries.Value<Guid>(reader, 4),
        PostgresEntries.Reference<string>(reader, 5),
        reader.GetFieldValue<DateTimeOffset>(6),
        PostgresEntries.Value<DateTimeOffset>(reader, 7),
        reader.GetFieldValue<DateTimeOffset>(8),
        reader.GetFieldValue<DateTimeOffset>(9),
        reader.GetInt64(10),
        reader.GetInt64(11),
        reader.GetInt64(12),
        reader.GetInt64(13),
        reader.GetInt64(14),
        reader.GetInt32(15),
        reader.GetInt64(16),
        reader.GetInt64(17));

    private static LegalHold ReadHold(NpgsqlDataReader reader) =>
        new(reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetFieldValue<DateTimeOffset>(3));

    private static async Task<T[]> ReadAll<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows.ToArray();
    }

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
