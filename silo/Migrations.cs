using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Chat.Silo;

/// <summary>Brings the database to this program's schema: the numbered files of `Schema/`, each once, in order, in a transaction of its own.</summary>
public static partial class Migrations
{
    // Of this application alone: starters wait for each other here.
    private const long AdvisoryLock = 0x6f2d_6368_6174;

    private static readonly IReadOnlyList<Step> Steps = Load(typeof(Migrations).Assembly);

    /// <exception cref="StartException">The database is out of reach, or its schema is not one that this program made.</exception>
    public static Task Apply(NpgsqlDataSource dataSource, ILogger logger, CancellationToken cancellationToken) =>
        Apply(dataSource, Steps, logger, cancellationToken);

    internal static async Task Apply(NpgsqlDataSource dataSource, IReadOnlyList<Step> steps, ILogger logger, CancellationToken cancellationToken)
    {
        await using var connection = await Open(dataSource, cancellationToken);
        await WarnOfLoss(connection, logger, cancellationToken);
        await Execute(connection, $"select pg_advisory_lock({AdvisoryLock})", cancellationToken);
        try
        {
            await Execute(
                connection,
                "create table if not exists schema_versions (number int primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())",
                cancellationToken);
            var applied = await Applied(connection, cancellationToken);
            foreach (var step in steps)
            {
                await Bring(connection, step, applied.GetValueOrDefault(step.Number), logger, cancellationToken);
            }
        }
        finally
        {
            if (connection.State is System.Data.ConnectionState.Open)
            {
                await Execute(connection, $"select pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
            }
        }
    }

    internal static IReadOnlyList<Step> Load(Assembly assembly) => assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
        .Select(name => Step.Read(assembly, name))
        .OrderBy(step => step.Number)
        .ToArray();

    private static async Task<NpgsqlConnection> Open(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
            throw new StartException(
                $"No database at {settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)} (database '{settings.Database}', user '{settings.Username}'): {e.Message} "
                + "Set ConnectionStrings:Postgres (environment: ConnectionStrings__Postgres).",
                e);
        }
    }

    private static async Task Bring(NpgsqlConnection connection, Step step, string? appliedHash, ILogger logger, CancellationToken cancellationToken)
    {
        if (appliedHash is not null)
        {
            if (appliedHash != step.Sha256)
            {
                throw new StartException(
                    $"Schema file {step.Name} was changed after it had been applied to the database '{connection.Database}'. "
                    + "Restore it and put the change into a new file with the next number.");
            }

            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Execute(connection, step.Sql, cancellationToken);
        await using var record = new NpgsqlCommand("insert into schema_versions (number, name, sha256) values ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = step.Number }, new() { Value = step.Name }, new() { Value = step.Sha256 } },
        };
        await record.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogApplied(logger, step.Name);
    }

    private static async Task<Dictionary<int, string>> Applied(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<int, string>();
        await using var command = new NpgsqlCommand("select number, sha256 from schema_versions", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(reader.GetInt32(0), reader.GetString(1));
        }

        return applied;
    }

    private static async Task WarnOfLoss(NpgsqlConnection connection, ILogger logger, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            LogMayLose(logger, reader.GetString(0), reader.GetString(1));
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Schema file {Name} applied.")]
    private static partial void LogApplied(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Postgres runs with {Setting} = {Value}: a crash can lose messages that were acknowledged. Set it to on.")]
    private static partial void LogMayLose(ILogger logger, string setting, string value);

    internal sealed record Step(int Number, string Name, string Sql, string Sha256)
    {
        public static Step Of(string name, string sql) => new(
            int.Parse(name.AsSpan(0, 3), CultureInfo.InvariantCulture), name, sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));

        internal static Step Read(Assembly assembly, string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            return Of(resource[(resource.IndexOf("Schema.", StringComparison.Ordinal) + "Schema.".Length)..], reader.ReadToEnd());
        }
    }
}
