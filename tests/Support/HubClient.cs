using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Shouldly;
using Xunit;

namespace Chat.Tests.Support;

/// <summary>The hub's protocol spoken by hand over a bare WebSocket: what a client library would not let us send, we send.</summary>
public sealed class HubClient : IAsyncDisposable
{
    private const char End = '\u001e';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket;
    private readonly Channel<JsonElement> _messages = Channel.CreateUnbounded<JsonElement>();
    private readonly List<JsonElement> _passedOver = [];
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private Task _reading = Task.CompletedTask;
    private int _invocations;

    private HubClient(ClientWebSocket socket) => _socket = socket;

    /// <summary>Completes when the server has closed.</summary>
    public Task Closed => _reading;

    public static async Task<HubClient> Open(Uri server, string? token, string? origin = null)
    {
        var socket = new ClientWebSocket();
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        var query = token is null ? "" : $"?access_token={Uri.EscapeDataString(token)}";
        await socket.ConnectAsync(new Uri($"ws://{server.Authority}/hubs/chat{query}"), CancellationToken.None);
        return new HubClient(socket);
    }

    public async Task Handshake(string frame = """{"protocol":"json","version":1}""")
    {
        StartReading();
        await Send(frame);
        (await Next(_ => true)).TryGetProperty("error", out var error).ShouldBeFalse($"{error}");
    }

    public void StartReading() => _reading = Read();

    /// <summary>One frame, ended as it should be.</summary>
    public Task Send(string frame) => SendRaw(frame + End);

    public async Task SendRaw(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _disposed.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task<JsonElement> Invoke(string method, object argument) => InvokeRaw(method, JsonSerializer.Serialize(argument));

    /// <summary>The result; a completion with an error fails.</summary>
    public async Task<JsonElement> InvokeRaw(string method, string argument)
    {
        var completion = await Complete(method, $"[{argument}]");
        return completion.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException(completion.ToString());
    }

    /// <summary>Invokes it again until it is accepted, each time after as long as the server asked for.</summary>
    public async Task<JsonElement> InvokeUntilAccepted(string method, object argument, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        while (true)
        {
            var answer = await Invoke(method, argument);
            if (answer.GetProperty("ok").GetBoolean())
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(answer.GetProperty("retryAfterMs").GetInt32()), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>The whole completion, error or not.</summary>
    public async Task<JsonElement> Complete(string method, string arguments)
    {
        var id = await Begin(method, arguments);
        return await CompletionOf(id);
    }

    /// <summary>Sent, and not waited for.</summary>
    public async Task<string> Begin(string method, string arguments)
    {
        var id = $"{Interlocked.Increment(ref _invocations)}";
        await Send($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return id;
    }

    public Task<JsonElement> CompletionOf(string id) => Next(m => TypeOf(m) == 3 && m.GetProperty("invocationId").GetString() == id);

    /// <summary>Null when the connection ended without it.</summary>
    public async Task<JsonElement?> TryCompletionOf(string id)
    {
        try
        {
            return await CompletionOf(id);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    /// <summary>The next event of this name; what came before it waits for who asks for it.</summary>
    public async Task<JsonElement> WaitFor(string target, Func<JsonElement, bool>? which = null)
    {
        var message = await Next(m => TypeOf(m) == 1 && m.GetProperty("target").GetString() == target && which?.Invoke(m.GetProperty("arguments")[0]) != false);
        return message.GetProperty("arguments")[0];
    }

    /// <summary>The next message that is one; others wait. Pings are nobody's.</summary>
    public async Task<JsonElement> Next(Func<JsonElement, bool> which)
    {
        var waiting = _passedOver.FindIndex(m => which(m));
        if (waiting >= 0)
        {
            var found = _passedOver[waiting];
            _passedOver.RemoveAt(waiting);
            return found;
        }

        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _messages.Reader.ReadAsync(patience.Token);
            if (which(message))
            {
                return message;
            }

            _passedOver.Add(message);
        }
    }

    public Task WaitForClose() => _reading.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        _socket.Dispose();
        await _reading;
    }

    private static int TypeOf(JsonElement message) => message.TryGetProperty("type", out var type) ? type.GetInt32() : 0;

    private async Task Read()
    {
        var buffer = new byte[65_536];
        var text = new StringBuilder();
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(), _disposed.Token) is { MessageType: not WebSocketMessageType.Close } received)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
                Deliver(text);
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // However it ended, there is no more to read.
        }

        _messages.Writer.TryComplete();
    }

    private void Deliver(StringBuilder text)
    {
        var frames = text.ToString().Split(End);
        foreach (var frame in frames[..^1])
        {
            var message = JsonDocument.Parse(frame).RootElement;
            if (TypeOf(message) != 6)
            {
                _messages.Writer.TryWrite(message);
            }
        }

        text.Clear().Append(frames[^1]);
    }
}
