using Chat.Accounts;
using Chat.Grains.Storage;
using Npgsql;

namespace Chat.Grains.Accounts;

internal sealed class PostgresSigningKeyStore(PostgresGateway gateway) : ISigningKeyStore
{
    public async Task<SigningKey[]> GetOrCreate(SigningKey first, DateTimeOffset now)
    {
        var keys = await Read();
        if (keys.Length > 0)
        {
            return keys;
        }

        await Create(first, now);
        return await Read();
    }

    private Task<SigningKey[]> Read() => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("select id, secret from signing_keys order by created_at desc, id desc", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<SigningKey>();
        while (await reader.ReadAsync())
        {
            keys.Add(new SigningKey(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        return keys.ToArray();
    });

    // Two silos that start together may both create one: the newest signs, both verify.
    private Task Create(SigningKey key, DateTimeOffset now) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            "insert into signing_keys (id, secret, created_at) select $1, $2, $3 where not exists (select from signing_keys)", connection)
        {
            Parameters = { new() { Value = key.Id }, new() { Value = key.Secret }, new() { Value = now } },
        };
        return await command.ExecuteNonQueryAsync();
    });
}
