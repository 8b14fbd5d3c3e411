namespace Chat.Grains.Storage;

/// <summary>What a SQLSTATE says about whose fault it is.</summary>
internal static class PostgresErrors
{
    /// <summary>The server's trouble, not that of what was written: deadlock, lock timeout, shutdown, resources, connection, and a standby that is not yet promoted.</summary>
    public static bool IsOutage(string sqlState) =>
        sqlState is "40P01" or "55P03" or "57014" or "25006" || Class(sqlState) is "57" or "53" or "08";

    /// <summary>An outage of one call only: a deadlock, or a lock that others hold.</summary>
    public static bool IsContention(string sqlState) => sqlState is "40P01" or "55P03";

    /// <summary>This row will never be stored, however often it is tried.</summary>
    public static bool IsPoison(string sqlState) => sqlState is "23502" or "54000" || Class(sqlState) is "22";

    private static string Class(string sqlState) => sqlState.Length >= 2 ? sqlState[..2] : "";
}
