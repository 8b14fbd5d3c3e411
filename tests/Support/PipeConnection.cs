using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chat.Tests.Support;

/// <summary>A hub connection over pipes: the test is the socket, and reads when it wants to.</summary>
internal sealed class PipeConnection
{
    private readonly Pipe _toClient;
    private readonly Pipe _toServer = new();

    public PipeConnection(long pauseAt)
    {
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: pauseAt, resumeWriterThreshold: pauseAt / 2, useSynchronizationContext: false));
        Connection = new DefaultConnectionContext("test", new Duplex(_toServer.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toServer.Writer));
        Hub = new HubConnectionContext(Connection, new HubConnectionContextOptions { KeepAliveInterval = TimeSpan.FromMinutes(1) }, NullLoggerFactory.Instance) { Protocol = new JsonHubProtocol() };
    }

    public DefaultConnectionContext Connection { get; }

    public HubConnectionContext Hub { get; }

    /// <summary>The frames that are there, without waiting.</summary>
    public string[] Read()
    {
        var text = new StringBuilder();
        while (_toClient.Reader.TryRead(out var read) && !read.Buffer.IsEmpty)
        {
            text.Append(Encoding.UTF8.GetString(read.Buffer));
            _toClient.Reader.AdvanceTo(read.Buffer.End);
        }

        return text.ToString().Split('\u001e', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>One read: what one write or several have put there.</summary>
    public async Task<string[]> ReadSome()
    {
        var read = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        var text = Encoding.UTF8.GetString(read.Buffer);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text.Split('\u001e', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
