using Chat.Grains.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Grains.Accounts;

internal sealed class PostgresSessionStore(PostgresGateway gateway) : ISessionStore
{
    public Task Create(Session session) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            with forgotten as (delete from sessions where account_id = $2 and (revoked_at is not null or expires_at <= $5))
            insert into sessions (id, account_id, device, token_hash, created_at, expires_at, absolute_expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = session.Id },
                new() { Value = session.AccountId },
                new() { Value = (object?)session.Device ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = session.TokenHash },
                new() { Value = session.CreatedAt },
                new() { Value = session.ExpiresAt },
                new() { Value = session.AbsoluteExpiresAt },
            },
        };
        return await command.ExecuteNonQueryAsync();
    });

    public Task<Session?> Get(Guid id) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            select id, account_id, device, token_hash, previous_hash, rotated_at, sealed_successor, created_at, expires_at, absolute_expires_at,
                   revoked_at, revoked_reason
            from sessions where id = $1
            """,
            connection)
        {
            Parameters = { new() { Value = id } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? ReadSession(reader) : null;
    });

    public Task<bool> Rotate(Session rotated, byte[] from) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            update sessions set token_hash = $3, previous_hash = $2, rotated_at = $4, sealed_successor = $5, expires_at = $6
            where id = $1 and token_hash = $2 and revoked_at is null
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = rotated.Id },
                new() { Value = from },
                new() { Value = rotated.TokenHash },
                new() { Value = rotated.RotatedAt!.Value },
                new() { Value = rotated.SealedSuccessor! },
                new() { Value = rotated.ExpiresAt },
            },
        };
        return await command.ExecuteNonQueryAsync() == 1;
    });

    public Task Revoke(Guid id, DateTimeOffset at, string reason) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            "update sessions set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null", connection)
        {
            Parameters = { new() { Value = id }, new() { Value = at }, new() { Value = reason } },
        };
        return await command.ExecuteNonQueryAsync();
    });

    private static Session ReadSession(NpgsqlDataReader reader) => new(
        Id: reader.GetGuid(0),
        AccountId: reader.GetGuid(1),
        Device: reader.IsDBNull(2) ? null : reader.GetString(2),
        TokenHash: reader.GetFieldValue<byte[]>(3),
        PreviousHash: reader.IsDBNull(4) ? null : reader.GetFieldValue<byte[]>(4),
        RotatedAt: reader.GetFieldValue<DateTimeOffset?>(5),
        SealedSuccessor: reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
        CreatedAt: reader.GetFieldValue<DateTimeOffset>(7),
        ExpiresAt: reader.GetFieldValue<DateTimeOffset>(8),
        AbsoluteExpiresAt: reader.GetFieldValue<DateTimeOffset>(9),
        RevokedAt: reader.GetFieldValue<DateTimeOffset?>(10),
        RevokedReason: reader.IsDBNull(11) ? null : reader.GetString(11));
}
