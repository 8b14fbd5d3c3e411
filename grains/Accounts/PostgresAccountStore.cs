using Chat.Accounts;
using Chat.Grains.Storage;
using Npgsql;

namespace Chat.Grains.Accounts;

internal sealed class PostgresAccountStore(PostgresGateway gateway) : IAccountStore
{
    public async Task<Taken> Create(StoredAccount stored)
    {
        var account = stored.Account;
        var created = await gateway.Run(async connection =>
        {
            await using var command = new NpgsqlCommand(
                """
                insert into accounts (id, email, email_key, username, username_key, password_hash, created_at)
                values ($1, $2, $3, $4, $5, $6, $7)
                on conflict do nothing
                """,
                connection)
            {
                Parameters =
                {
                    new() { Value = account.Id },
                    new() { Value = account.Email },
                    new() { Value = AccountRules.KeyOf(account.Email) },
                    new() { Value = account.Username },
                    new() { Value = AccountRules.KeyOf(account.Username) },
                    new() { Value = stored.PasswordHash },
                    new() { Value = stored.CreatedAt },
                },
            };
            return await command.ExecuteNonQueryAsync() == 1;
        });
        return created ? Taken.Nothing : await FindTaken(account.Email, account.Username);
    }

    public Task<Taken> FindTaken(string email, string username) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            """
            select case when exists (select from accounts where email_key = $1) then 'email'
                        when exists (select from accounts where username_key = $2) then 'username' end
            """,
            connection)
        {
            Parameters = { new() { Value = AccountRules.KeyOf(email) }, new() { Value = AccountRules.KeyOf(username) } },
        };
        return await command.ExecuteScalarAsync() switch
        {
            "email" => Taken.Email,
            "username" => Taken.Username,
            _ => Taken.Nothing,
        };
    });

    public Task<Account?> Get(Guid id) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("select id, email, username from accounts where id = $1", connection)
        {
            Parameters = { new() { Value = id } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? ReadAccount(reader) : null;
    });

    public Task<StoredAccount?> FindByLogin(string login) => gateway.Run(async connection =>
    {
        // A user name has no '@', so no login is one account's address and another's name.
        await using var command = new NpgsqlCommand(
            "select id, email, username, password_hash, created_at from accounts where email_key = $1 or username_key = $1", connection)
        {
            Parameters = { new() { Value = AccountRules.KeyOf(login) } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new StoredAccount(ReadAccount(reader), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4))
            : null;
    });

    public Task<UserName?> FindByUsername(string username) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("select id, username from accounts where username_key = $1", connection)
        {
            Parameters = { new() { Value = AccountRules.KeyOf(username) } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new UserName(reader.GetGuid(0), reader.GetString(1)) : null;
    });

    public Task<UserName[]> Find(Guid[] ids) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("select id, username from accounts where id = any($1)", connection)
        {
            Parameters = { new() { Value = ids } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<UserName>(ids.Length);
        while (await reader.ReadAsync())
        {
            names.Add(new UserName(reader.GetGuid(0), reader.GetString(1)));
        }

        return names.ToArray();
    });

    public Task ReplacePasswordHash(Guid id, string from, string to) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand("update accounts set password_hash = $3 where id = $1 and password_hash = $2", connection)
        {
            Parameters = { new() { Value = id }, new() { Value = from }, new() { Value = to } },
        };
        return await command.ExecuteNonQueryAsync();
    });

    private static Account ReadAccount(NpgsqlDataReader reader) => new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2));
}
