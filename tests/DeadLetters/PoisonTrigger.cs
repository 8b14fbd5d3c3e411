using Npgsql;

namespace Chat.Tests.DeadLetters;

/// <summary>A database that refuses marked messages, as Postgres refuses what is no text to it, until the cause is taken away.</summary>
internal static class PoisonTrigger
{
    public const string Mark = "#marked";

    public static Task Plant(string database, string sqlState = "22P05") => Execute(
        database,
        $"""
        create function refuse_marked() returns trigger language plpgsql as $$
        begin
          if new.content like '%{Mark}%' then
            raise exception 'refused' using errcode = '{sqlState}';
          end if;
          return new;
        end $$;
        create trigger refuse_marked before insert on messages for each row execute function refuse_marked();
        """);

    public static Task Remove(string database) => Execute(database, "drop trigger refuse_marked on messages");

    public static async Task Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> Ask<T>(string database, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }
}
