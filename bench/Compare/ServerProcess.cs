using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Chat.Bench.Compare;

/// <summary>A server as a process of its own, its output in a file.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _log;
    private readonly StreamWriter _output;

    private ServerProcess(Process process, int port, string log)
    {
        _process = process;
        _log = log;
        _output = new StreamWriter(log) { AutoFlush = true };
        Port = port;
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    public int Id => _process.Id;

    public static async Task<ServerProcess> Start(Func<int, ProcessStartInfo> startInfo, IReadOnlyDictionary<string, string> environment, string log)
    {
        var port = FreePort();
        var start = startInfo(port);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var server = new ServerProcess(Process.Start(start)!, port, log);
        await server.WaitUntilListening();
        return server;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _output.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task WaitUntilListening()
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (!await Listens())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(startedAt) > LongestStart)
            {
                throw new BenchException($"The server {(_process.HasExited ? $"ended with {_process.ExitCode}" : "does not listen")}; its output is in {_log}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private async Task<bool> Listens()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Write(string? line)
    {
        lock (_output)
        {
            if (line is not null && _output.BaseStream is not null)
            {
                _output.WriteLine(line);
            }
        }
    }
}
