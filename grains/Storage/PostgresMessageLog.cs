using System.Text;
using Chat.Conversations;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.Storage;

/// <summary>The log in Postgres: `append_batch` in, keyset pages out.</summary>
internal sealed class PostgresMessageLog(PostgresGateway gateway) : IMessageLog
{
    private const string IdempotencyKey = "messages_idempotency";

    public Task<StoredConversation?> Load(Guid conversationId, int recent) => gateway.Run(async connection =>
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresStatement.Part("select type, name, business_id, last_sequence, created_at, trimmed_through from conversations where id = $1", conversationId));
        batch.BatchCommands.Add(PostgresStatement.Part(
            "select user_id, role, joined_sequence, read_sequence from members where conversation_id = $1 order by joined_sequence, user_id", conversationId));
        batch.BatchCommands.Add(PostgresStatement.Part(
            $"select {PostgresEntries.Columns} from messages e where e.conversation_id = $1 order by e.sequence desc limit $2", conversationId, recent));
        await batch.PrepareAsync();
        await using var reader = await batch.ExecuteReaderAsync();
        return await ReadConversation(reader, conversationId);
    });

    public Task<bool> Create(Conversation conversation) => gateway.Run(async connection =>
    {
        var members = conversation.Members;
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            with made as (
              insert into conversations (id, type, name, business_id, last_sequence, last_activity, created_at)
              values ($1, $2, $3, $4, $5, $6, $6) on conflict (id) do nothing returning id
            ), joined as (
              insert into members (conversation_id, user_id, role, joined_sequence, read_sequence)
              select made.id, m.* from made, unnest($7, $8, $9, $10) as m
            )
            select count(*) from made
            """,
            conversation.Id,
            (short)conversation.Type,
            new NpgsqlParameter { Value = (object?)conversation.Name ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new NpgsqlParameter { Value = (object?)conversation.BusinessId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            conversation.Head,
            conversation.CreatedAt.UtcDateTime,
            Array.ConvertAll(members, m => m.UserId),
            Array.ConvertAll(members, m => (short)m.Role),
            Array.ConvertAll(members, m => m.JoinedSequence),
            Array.ConvertAll(members, m => m.ReadSequence));
        return (long)(await command.ExecuteScalarAsync())! == 1;
    });

    public async Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries)
    {
        if (entries.Count == 0)
        {
            return new Dictionary<Guid, AppendResult>();
        }

        try
        {
            var moved = (await gateway.Run(new PostgresAppend(entries).Execute)).ToHashSet();
            return entries.Select(e => e.Event.ConversationId).Distinct()
                .ToDictionary(id => id, id => moved.Contains(id) ? AppendResult.Committed : AppendResult.Refused);
        }
        catch (PostgresException e) when (PostgresErrors.IsPoison(e.SqlState))
        {
            throw new PoisonEntryException($"Postgres can never store it: {e.SqlState}.", e);
        }
        catch (EncoderFallbackException e)
        {
            throw new PoisonEntryException("A text is not valid Unicode.", e);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: IdempotencyKey })
        {
            throw await Repeated(entries);
        }
    }

    public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            $"select {PostgresEntries.Columns} from messages e where e.conversation_id = $1 and e.sequence > $2 and e.sequence < $3 "
            + $"order by e.sequence {(newest ? "desc" : "asc")} limit $4",
            conversationId, after, before, limit);
        var entries = await PostgresEntries.ReadAll(command);
        return newest ? Enumerable.Reverse(entries).ToArray() : entries;
    });

    public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            $"select {PostgresEntries.Columns} from messages e where e.conversation_id = $1 and e.sender_id = $2 and e.client_message_id = any ($3) order by e.sequence",
            conversationId, senderId, clientMessageIds.ToArray());
        return await PostgresEntries.ReadAll(command);
    });

    public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            """
            update members m set read_sequence = c.sequence
            from (select user_id, max(sequence) as sequence from unnest($2, $3) as u (user_id, sequence) group by user_id) c
            where m.conversation_id = $1 and m.user_id = c.user_id and m.read_sequence < c.sequence
            """,
            conversationId, cursors.Select(c => c.UserId).ToArray(), cursors.Select(c => c.Sequence).ToArray());
        await command.ExecuteNonQueryAsync();
    });

    public Task Probe(bool afresh)
    {
        return afresh ? gateway.RunAfresh(Write) : gateway.Run(Write);

        // Not prepared: one way there and back, also on a new connection. The second part finds out whether appends can be called at all.
        static async Task Write(NpgsqlConnection connection)
        {
            await using var command = new NpgsqlCommand($"select probe_log(), {PostgresAppend.Nothing}", connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private async Task<Exception> Repeated(IReadOnlyList<LogEntry> entries)
    {
        var keyed = entries.Select(e => e.Event).Where(e => e is { ClientMessageId: not null, SenderId: not null }).ToArray();
        var stored = await gateway.Run(async connection =>
        {
            await using var command = await PostgresStatement.Prepare(
                connection,
                $"""
                select {PostgresEntries.Columns} from unnest($1, $2, $3) as k (conversation_id, sender_id, client_message_id)
                join messages e using (conversation_id, sender_id, client_message_id)
                """,
                Array.ConvertAll(keyed, e => e.ConversationId), Array.ConvertAll(keyed, e => e.SenderId!.Value), Array.ConvertAll(keyed, e => e.ClientMessageId!));
            return await PostgresEntries.ReadAll(command);
        });
        return stored.Length > 0 ? new RepeatedKeyException(stored) : new PoisonEntryException("An idempotency key stands twice in one batch.");
    }

    private static async Task<StoredConversation?> ReadConversation(NpgsqlDataReader reader, Guid id)
    {
        if (!await reader.ReadAsync())
        {
            return null;
        }

        var found = new Conversation(
            id, (ConversationType)reader.GetInt16(0), PostgresEntries.Reference<string>(reader, 1), PostgresEntries.Value<Guid>(reader, 2),
            Array.Empty<Member>(), reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4));
        var trimmedThrough = reader.GetInt64(5);
        await reader.NextResultAsync();
        var members = new List<Member>();
        while (await reader.ReadAsync())
        {
            members.Add(new Member(reader.GetGuid(0), (MemberRole)reader.GetInt16(1), reader.GetInt64(2), reader.GetInt64(3)));
        }

        await reader.NextResultAsync();
        var recent = await PostgresEntries.ReadAll(reader);

        // The parts are read one after the other: what another owner appended meanwhile lies above the head read first.
        return new StoredConversation(found with { Members = members.ToArray() }, recent.Where(e => e.Event.Sequence <= found.Head).Reverse().ToArray(), trimmedThrough);
    }
}
