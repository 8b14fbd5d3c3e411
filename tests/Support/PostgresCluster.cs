using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Chat.Tests.Support;

/// <summary>A Postgres of a test's own: to be stopped, killed and thrown away.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Prefix = "chat-test-postgres-";
    private const int Missing = 69;

    private readonly string _directory;

    private PostgresCluster(string directory, string connectionString)
    {
        _directory = directory;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    private string LockFile => Path.Combine(_directory, "data", "postmaster.pid");

    public static async Task<PostgresCluster> Start()
    {
        await RemoveOrphans();
        var owner = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var directory = Directory.CreateTempSubdirectory($"{Prefix}{owner}-").FullName;
        return new PostgresCluster(directory, await Script("start", directory));
    }

    /// <summary>All of its processes stop where they are; sockets stay open and answer nothing.</summary>
    public Task Freeze() => Signal("STOP");

    public Task Thaw() => Signal("CONT");

    /// <summary>All of its processes end where they are, as in a loss of power.</summary>
    public Task Kill() => Signal("KILL");

    /// <summary>Runs again after <see cref="Kill"/>, on the same port.</summary>
    public Task Restart() => Script("start", _directory);

    /// <summary>Tables and indexes move there, the write-ahead log stays.</summary>
    public async Task MoveTables(SmallDisk disk)
    {
        await Own(disk);
        await Execute($"create tablespace small location '{disk.Path}'");
        await Execute("alter database chat set tablespace small");
    }

    /// <summary>The write-ahead log moves there, tables and indexes stay.</summary>
    public async Task MoveLog(SmallDisk disk)
    {
        await Own(disk);
        await Script("stop", _directory);
        await Run("/bin/sh", "-c", $"mv '{_directory}/data/pg_wal' '{disk.Path}/wal' && ln -s '{disk.Path}/wal' '{_directory}/data/pg_wal'");
        await Restart();
    }

    /// <summary>Asks for new files of the write-ahead log until there is one that cannot be made: Postgres panics over that, and cannot recover either.</summary>
    public async Task ExhaustLog()
    {
        try
        {
            for (var spare = 0; spare < 100; spare++)
            {
                await Execute("select pg_logical_emit_message(true, 'test', 'test'), pg_switch_wal()");
            }
        }
        catch (NpgsqlException)
        {
            await Ended();
            return;
        }

        throw new InvalidOperationException("The disk is not full.");
    }

    public async ValueTask DisposeAsync()
    {
        await Thaw();
        await Script("stop", _directory);
        Directory.Delete(_directory, recursive: true);
    }

    private Task Own(SmallDisk disk) => Run("/bin/sh", "-c", $"chown --reference='{_directory}/data' '{disk.Path}'");

    private Task Ended() => Run("timeout", "20", "/bin/sh", "-c", $"pid=$(head -1 '{LockFile}' 2>/dev/null) || exit 0; tail --pid=$pid -f /dev/null");

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task Signal(string name)
    {
        if (!File.Exists(LockFile))
        {
            return;
        }

        var postmaster = (await File.ReadAllLinesAsync(LockFile))[0];

        // Children last on the way down and first on the way up would fork new ones in between.
        var processes = name is "STOP" or "KILL" ? $"{postmaster} $(pgrep -P {postmaster})" : $"$(pgrep -P {postmaster}) {postmaster}";
        await Run("/bin/sh", "-c", $"kill -{name} {processes} 2>/dev/null || true");
    }

    /// <summary>What runs that were killed left behind, perhaps frozen.</summary>
    private static async Task RemoveOrphans()
    {
        foreach (var directory in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(directory)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var pid) && !IsAlive(pid))
            {
                await new PostgresCluster(directory, "").DisposeAsync();
            }
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static Task<string> Script(string verb, string directory) => Run(Path.Combine(Repository(), "scripts", "postgres"), verb, directory);

    internal static async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode switch
        {
            0 => output.Trim(),
            Missing => throw new PostgresMissingException((await error).Trim()),
            _ => throw new InvalidOperationException((await error).Trim()),
        };
    }

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Orleans.Chat.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return directory.FullName;
    }
}

public sealed class PostgresMissingException(string reason) : Exception(reason);
