using Chat.Conversations;
using Chat.Inbox;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.Storage;

/// <summary>A user's list, derived from members, conversations and the log: nothing is counted that could drift.</summary>
internal sealed class PostgresInboxStore(PostgresGateway gateway) : IInboxStore
{
    private const string Chosen =
        """
        select c.id, c.type, c.name, c.last_sequence, c.last_activity, m.joined_sequence, m.read_sequence, m.muted_until, m.archived
        from members m join conversations c on c.id = m.conversation_id where m.user_id = $1
        """;

    private const string HeadsSql =
        """
        select c.id, c.last_sequence from members m join conversations c on c.id = m.conversation_id
        where m.user_id = $1 order by c.last_activity desc, c.id desc limit $2
        """;

    private static readonly string ListSql = Items($"{Chosen} and (c.last_activity, c.id) < ($2, $3) order by c.last_activity desc, c.id desc limit $4");

    private static readonly string ItemsSql = Items($"{Chosen} and m.conversation_id = any ($2)");

    public Task<ListItem[]> List(Guid userId, InboxCursor? below, int limit) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(
            connection,
            ListSql,
            userId,
            new NpgsqlParameter { Value = below?.LastActivityAt.UtcDateTime ?? DateTime.MaxValue, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            below?.ConversationId ?? Guid.Empty,
            limit);
        return await ReadItems(command);
    });

    public Task<ListItem[]> Items(Guid userId, IReadOnlyList<Guid> conversationIds) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, ItemsSql, userId, conversationIds.ToArray());
        return await ReadItems(command);
    });

    public Task<MembershipHead[]> Heads(Guid userId, int limit) => gateway.Run(async connection =>
    {
        await using var command = await PostgresStatement.Prepare(connection, HeadsSql, userId, limit);
        await using var reader = await command.ExecuteReaderAsync();
        var heads = new List<MembershipHead>();
        while (await reader.ReadAsync())
        {
            heads.Add(new MembershipHead(reader.GetGuid(0), reader.GetInt64(1)));
        }

        return heads.ToArray();
    });

    private static string Items(string chosen) =>
        $"""
        with chosen as materialized ({chosen})
        select c.*, unread.count, people.ids, people.roles, people.joined, people.read, {PostgresEntries.Columns}
        from chosen c
        cross join lateral (
          select count(*) from (
            select from messages u
            where u.conversation_id = c.id and u.sequence > greatest(c.read_sequence, c.joined_sequence)
              and u.kind = 0 and u.deleted_at is null and u.sender_id is distinct from $1
            order by u.sequence limit {IInboxStore.UnreadLimit + 1}) counted) unread
        cross join lateral (
          select array_agg(p.user_id) as ids, array_agg(p.role) as roles, array_agg(p.joined_sequence) as joined, array_agg(p.read_sequence) as read
          from (
            select * from members p where p.conversation_id = c.id
            order by p.joined_sequence, p.user_id limit {IInboxStore.MembersShown}) p) people
        left join lateral (
          select * from messages e where e.conversation_id = c.id and e.sequence > c.joined_sequence and e.kind = 0
          order by e.sequence desc limit 1) e on true
        order by c.last_activity desc, c.id desc
        """;

    private static async Task<ListItem[]> ReadItems(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var items = new List<ListItem>();
        while (await reader.ReadAsync())
        {
            items.Add(ReadItem(reader));
        }

        return items.ToArray();
    }

    private static ListItem ReadItem(NpgsqlDataReader reader)
    {
        var unread = (int)reader.GetInt64(9);
        return new ListItem(
            reader.GetGuid(0),
            (ConversationType)reader.GetInt16(1),
            PostgresEntries.Reference<string>(reader, 2),
            ReadMembers(reader),
            reader.GetInt64(3),
            reader.GetInt64(6),
            Math.Min(unread, IInboxStore.UnreadLimit),
            unread > IInboxStore.UnreadLimit,
            Mentions: 0,
            reader.IsDBNull(14) ? null : PostgresEntries.ReadEvent(reader, 14),
            reader.GetFieldValue<DateTimeOffset>(4),
            PostgresEntries.Value<DateTimeOffset>(reader, 7),
            reader.GetBoolean(8));
    }

    private static Member[] ReadMembers(NpgsqlDataReader reader)
    {
        var roles = reader.GetFieldValue<short[]>(11);
        var joined = reader.GetFieldValue<long[]>(12);
        var read = reader.GetFieldValue<long[]>(13);
        return reader.GetFieldValue<Guid[]>(10).Select((id, i) => new Member(id, (MemberRole)roles[i], joined[i], read[i])).ToArray();
    }
}
