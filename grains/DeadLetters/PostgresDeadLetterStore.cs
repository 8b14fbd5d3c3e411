using Chat.DeadLetters;
using Chat.Grains.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.DeadLetters;

internal sealed class PostgresDeadLetterStore(PostgresGateway gateway) : IDeadLetterStore
{
    private const string Item =
        "id, conversation_id, message_id, sender_id, reason, detail, attempts, redrives, octet_length(payload), at, redrive_at, tried_at, tried_by, sequence, "
        + "discarded_at, discarded_by, discard_reason";

    private const string IsDead = "sequence is null and discarded_at is null";

    public Task<bool> Add(DeadLetter letter) => Change(
        "insert into dead_letters (id, conversation_id, sender_id, client_message_id, message_id, payload, reason, attempts, at, detail, redrive_at) "
        + "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
        letter.Id,
        letter.ConversationId,
        letter.SenderId,
        letter.ClientMessageId,
        letter.MessageId,
        letter.Payload,
        letter.Reason,
        letter.Attempts,
        letter.At,
        OrNull(letter.Detail, NpgsqlDbType.Text),
        OrNull(letter.RedriveAt, NpgsqlDbType.TimestampTz));

    public Task<DeadLetterItem[]> Page(DeadLetterState state, Guid? conversationId, DeadLetterCursor? below, int limit) => gateway.Run(async connection =>
    {
        var which = state switch
        {
            DeadLetterState.Dead => IsDead,
            DeadLetterState.Redriven => "sequence is not null",
            _ => "sequence is null and discarded_at is not null",
        };
        var values = new List<object> { limit };
        if (conversationId is { } conversation)
        {
            values.Add(conversation);
            which += $" and conversation_id = ${values.Count}";
        }

        if (below is not null)
        {
            values.Add(below.At);
            values.Add(below.Id);
            which += $" and (at, id) < (${values.Count - 1}, ${values.Count})";
        }

        await using var command = await PostgresStatement.Prepare(
            connection, $"select {Item} from dead_letters where {which} order by at desc, id desc limit $1", [.. values]);
        await using var reader = await command.ExecuteReaderAsync();
        var items = new List<DeadLetterItem>();
        while (await reader.ReadAsync())
        {
            items.Add(ReadItem(reader));
        }

        return items.ToArray();
    });

    public Task<StoredDeadLetter?> Find(Guid id) => One($"select {Item}, payload from dead_letters where id = $1", id);

    public Task<StoredDeadLetter?> Read(Guid id, Guid readBy, DateTimeOffset now) =>
        One($"update dead_letters set read_at = $2, read_by = $3 where id = $1 returning {Item}, payload", id, now, readBy);

    public Task<Guid[]> Due(DateTimeOffset now, int limit) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection, $"select id from dead_letters where redrive_at <= $1 and {IsDead} order by redrive_at limit $2", now, limit);
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<Guid>();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids.ToArray();
    });

    // The log has what it says from now on, with all that happens to it there: a copy that outlives a deletion is one too many.
    public Task<bool> Redriven(Guid id, long sequence, Guid? by, DateTimeOffset now) => Change(
        "update dead_letters set sequence = $2, tried_by = $3, tried_at = $4, redrives = redrives + 1, redrive_at = null, payload = '' where id = $1 and sequence is null",
        id, sequence, OrNull(by, NpgsqlDbType.Uuid), now);

    public Task RedriveFailed(Guid id, string reason, Guid? by, DateTimeOffset now, DateTimeOffset? next) => Change(
        "update dead_letters set reason = $2, tried_by = $3, tried_at = $4, redrive_at = $5, attempts = attempts + 1, redrives = redrives + 1 where id = $1 and sequence is null",
        id, reason, OrNull(by, NpgsqlDbType.Uuid), now, OrNull(next, NpgsqlDbType.TimestampTz));

    public Task<bool> Discard(Guid id, string reason, Guid by, DateTimeOffset now) =>
        Change($"update dead_letters set discard_reason = $2, discarded_by = $3, discarded_at = $4 where id = $1 and {IsDead}", id, reason, by, now);

    public Task<long> Depth() => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, $"select count(*) from dead_letters where {IsDead}");
        return (long)(await command.ExecuteScalarAsync())!;
    });

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static DeadLetterItem ReadItem(NpgsqlDataReader reader)
    {
        var sequence = PostgresEntries.Value<long>(reader, 13);
        var discardedAt = PostgresEntries.Value<DateTimeOffset>(reader, 14);
        return new DeadLetterItem(
            reader.GetGuid(0),
            reader.GetGuid(1),
            reader.GetGuid(2),
            DeadLetterMask.Of(reader.GetGuid(3)),
            sequence is not null ? DeadLetterState.Redriven : discardedAt is not null ? DeadLetterState.Discarded : DeadLetterState.Dead,
            reader.GetString(4),
            PostgresEntries.Reference<string>(reader, 5),
            reader.GetInt32(6),
            reader.GetInt32(7),
            reader.GetInt32(8),
            reader.GetFieldValue<DateTimeOffset>(9),
            PostgresEntries.Value<DateTimeOffset>(reader, 10),
            PostgresEntries.Value<DateTimeOffset>(reader, 11),
            PostgresEntries.Value<Guid>(reader, 12),
            sequence,
            discardedAt,
            PostgresEntries.Value<Guid>(reader, 15),
            PostgresEntries.Reference<string>(reader, 16));
    }

    private Task<StoredDeadLetter?> One(string sql, params object[] values) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new StoredDeadLetter(ReadItem(reader), reader.GetGuid(3), reader.GetFieldValue<byte[]>(17)) : null;
    });

    private Task<bool> Change(string sql, params object[] values) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, sql, values);
        return await command.ExecuteNonQueryAsync() == 1;
    });
}
