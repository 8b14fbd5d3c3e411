using System.Text.Json;
using Chat.Conversations;
using Npgsql;

namespace Chat.Grains.Storage;

/// <summary>Rows of `messages` as entries of the log.</summary>
internal static class PostgresEntries
{
    public const string Columns =
        "e.conversation_id, e.sequence, e.kind, e.message_id, e.sender_id, e.client_message_id, e.content, e.type, "
        + "e.reply_to, e.target, e.sent_at, e.deleted_at is not null, e.data::text, e.content_hash";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public static async Task<LogEntry[]> ReadAll(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        return await ReadAll(reader);
    }

    public static async Task<LogEntry[]> ReadAll(NpgsqlDataReader reader)
    {
        var entries = new List<LogEntry>();
        while (await reader.ReadAsync())
        {
            entries.Add(new LogEntry(ReadEvent(reader, 0), Reference<byte[]>(reader, 13)));
        }

        return entries.ToArray();
    }

    /// <summary>The event in the columns from <paramref name="at"/> on; the hash, which follows them, is the log's own.</summary>
    public static ConversationEvent ReadEvent(NpgsqlDataReader reader, int at)
    {
        var data = Reference<string>(reader, at + 12) is { } json ? JsonSerializer.Deserialize<EntryData>(json, Json) : null;
        var deleted = reader.GetBoolean(at + 11);
        return new ConversationEvent
        {
            ConversationId = reader.GetGuid(at),
            Sequence = reader.GetInt64(at + 1),
            Kind = (EntryKind)reader.GetInt16(at + 2),
            MessageId = Value<Guid>(reader, at + 3),
            SenderId = Value<Guid>(reader, at + 4),
            ClientMessageId = Reference<string>(reader, at + 5),
            Content = deleted ? null : Reference<string>(reader, at + 6),
            Type = Reference<string>(reader, at + 7),
            ReplyTo = Value<long>(reader, at + 8),
            Target = Value<long>(reader, at + 9),
            SentAt = reader.GetFieldValue<DateTimeOffset>(at + 10),
            Deleted = deleted ? true : null,
            UserIds = data?.UserIds,
            Role = data?.Role,
            Name = data?.Name,
        };
    }

    /// <summary>The column `data` of an entry; null for a message.</summary>
    public static string? DataOf(ConversationEvent e) => e.Kind is EntryKind.Message
        ? null
        : JsonSerializer.Serialize(new EntryData(e.UserIds, e.Role, e.Name), Json);

    public static T? Value<T>(NpgsqlDataReader reader, int at)
        where T : struct => reader.IsDBNull(at) ? null : reader.GetFieldValue<T>(at);

    public static T? Reference<T>(NpgsqlDataReader reader, int at)
        where T : class => reader.IsDBNull(at) ? null : reader.GetFieldValue<T>(at);

    private sealed record EntryData(Guid[]? UserIds, MemberRole? Role, string? Name);
}
