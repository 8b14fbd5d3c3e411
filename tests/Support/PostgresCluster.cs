using System.Diagnostics;
using System.Globalization;

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

    public async ValueTask DisposeAsync()
    {
        await Thaw();
        await Script("stop", _directory);
        Directory.Delete(_directory, recursive: true);
    }

    private async Task Signal(string name)
    {
        var lockFile = Path.Combine(_directory, "data", "postmaster.pid");
        if (!File.Exists(lockFile))
        {
            return;
        }

        var postmaster = (await File.ReadAllLinesAsync(lockFile))[0];

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
