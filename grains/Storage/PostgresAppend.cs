using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.Storage;

/// <summary>The call of `append_batch`: one array per column.</summary>
internal sealed class PostgresAppend(IReadOnlyList<LogEntry> entries)
{
    /// <summary>The same call for no entries at all.</summary>
    public const string Nothing = "append_batch('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";

    private const string Sql = "select append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    /// <returns>The conversations whose head moved.</returns>
    public async Task<Guid[]> Execute(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        Add(command, NpgsqlDbType.Uuid, e => e.Event.ConversationId);
        Add(command, NpgsqlDbType.Bigint, e => e.Event.Sequence!.Value);
        Add(command, NpgsqlDbType.Smallint, e => (short)e.Event.Kind);
        Add(command, NpgsqlDbType.Uuid, e => e.Event.MessageId);
        Add(command, NpgsqlDbType.Uuid, e => e.Event.SenderId);
        Add(command, NpgsqlDbType.TimestampTz, e => e.Event.SentAt.UtcDateTime);
        Add(command, NpgsqlDbType.Text, e => e.Event.ClientMessageId);
        Add(command, NpgsqlDbType.Text, e => e.Event.Type);
        Add(command, NpgsqlDbType.Text, e => e.Event.Content);
        Add(command, NpgsqlDbType.Bytea, e => e.ContentHash);
        AddRare(command, NpgsqlDbType.Bigint, e => e.Event.ReplyTo);
        AddRare(command, NpgsqlDbType.Bigint, e => e.Event.Target);
        AddRare(command, NpgsqlDbType.Jsonb, e => PostgresEntries.DataOf(e.Event));
        await command.PrepareAsync();
        return (Guid[])(await command.ExecuteScalarAsync())!;
    }

    private void Add<T>(NpgsqlCommand command, NpgsqlDbType type, Func<LogEntry, T> column)
    {
        var values = new T[entries.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(entries[i]);
        }

        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    // Most batches have no such value at all: no array then, and `unnest` fills in.
    private void AddRare<T>(NpgsqlCommand command, NpgsqlDbType type, Func<LogEntry, T> column)
    {
        if (entries.Any(e => column(e) is not null))
        {
            Add(command, type, column);
            return;
        }

        command.Parameters.Add(new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | type });
    }
}
