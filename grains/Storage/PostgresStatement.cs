using Npgsql;

namespace Chat.Grains.Storage;

/// <summary>Statements that stay prepared with their connection. Prepared by us: one that Npgsql 10 prepares by itself is broken for the life of the
/// connection when the execution that prepares it fails, as one with a poison entry does (npgsql issue 6391).</summary>
internal static class PostgresStatement
{
    /// <param name="values">Parameters, or values whose type says what they are.</param>
    public static async Task<NpgsqlCommand> Prepare(NpgsqlConnection connection, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        Fill(command.Parameters, values);
        await command.PrepareAsync();
        return command;
    }

    public static NpgsqlBatchCommand Part(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        Fill(command.Parameters, values);
        return command;
    }

    private static void Fill(NpgsqlParameterCollection parameters, object[] values)
    {
        foreach (var value in values)
        {
            parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }
    }
}
