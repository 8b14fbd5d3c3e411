using System.Net;
using System.Net.Sockets;

namespace Chat.Bench.Load;

/// <summary>A WebSocket that speaks SignalR's JSON protocol with as little CPU as can be, because the load generator shares its cores with what it measures.
/// With inline socket completions everything received is handled on the runtime's one socket thread.</summary>
internal sealed class HubSocket : IDisposable
{
    private const byte RecordSeparator = 0x1e;

    private static readonly byte[] Handshake = Frames.Text("{\"protocol\":\"json\",\"version\":1}\u001e"u8);
    private static readonly byte[] Ping = Frames.Text("{\"type\":6}\u001e"u8);

    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ReadOnlyMemory<byte>> _onRecord;
    private readonly Action _onDrained;
    private readonly Lock _sending = new();

    // Raw bytes from the socket, and the text of a record that spans frames.
    private byte[] _raw;
    private int _rawLength;
    private byte[] _text = [];
    private int _textLength;

    private HubSocket(Socket socket, int bufferSize, Action<ReadOnlyMemory<byte>> onRecord, Action onDrained)
    {
        _socket = socket;
        _onRecord = onRecord;
        _onDrained = onDrained;
        _raw = new byte[bufferSize];
        _receive.Completed += (_, _) => Continue();
    }

    /// <summary>Why the connection ended, unless we ended it.</summary>
    public string? Failure { get; private set; }

    public static async Task<HubSocket> Connect(IPEndPoint server, string pathAndQuery, int bufferSize, Action<ReadOnlyMemory<byte>> onRecord, Action onDrained)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        await WebSocketUpgrade.Run(socket, server, pathAndQuery);

        var connection = new HubSocket(socket, bufferSize, onRecord, onDrained);
        connection.Receive();
        connection.Send(Handshake);
        await connection._ready.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        return connection;
    }

    /// <summary>Sends whole frames. On loopback the kernel takes them at once.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        lock (_sending)
        {
            while (!frames.IsEmpty)
            {
                frames = frames[_socket.Send(frames)..];
            }
        }
    }

    public void Dispose()
    {
        Failure ??= "closed by us";
        _socket.Dispose();
        _receive.Dispose();
    }

    private void Receive()
    {
        while (Failure is null)
        {
            if (_rawLength == _raw.Length)
            {
                Array.Resize(ref _raw, _raw.Length * 2);
            }

            _receive.SetBuffer(_raw, _rawLength, _raw.Length - _rawLength);
            if (_socket.ReceiveAsync(_receive) || !OnReceived())
            {
                return;
            }
        }
    }

    private void Continue()
    {
        try
        {
            if (OnReceived())
            {
                Receive();
            }
        }
        catch (Exception broken) when (Failure is not null || broken is SocketException or ObjectDisposedException)
        {
            End(broken.Message);
        }
    }

    private bool OnReceived()
    {
        if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
        {
            End(_receive.SocketError == SocketError.Success ? "closed by the server" : _receive.SocketError.ToString());
            return false;
        }

        _rawLength += _receive.BytesTransferred;
        var used = 0;
        while (Frames.TryRead(_raw.AsSpan(used, _rawLength - used), out var header))
        {
            OnFrame(header.Opcode, _raw.AsMemory(used + header.Offset, header.Length));
            used += header.Offset + header.Length;
        }

        _onDrained();
        _rawLength -= used;
        if (_rawLength > 0 && used > 0)
        {
            Buffer.BlockCopy(_raw, used, _raw, 0, _rawLength);
        }

        return Failure is null;
    }

    private void OnFrame(int opcode, ReadOnlyMemory<byte> payload)
    {
        switch (opcode)
        {
            case Frames.Close:
                End("closed by the server");
                break;
            case Frames.PingFrame:
                Send(Frames.Pong(payload.Span));
                break;
            case Frames.PongFrame:
                break;
            default:
                OnText(payload);
                break;
        }
    }

    private void OnText(ReadOnlyMemory<byte> payload)
    {
        while (payload.Span.IndexOf(RecordSeparator) is var end and >= 0)
        {
            if (_textLength == 0)
            {
                OnRecord(payload[..end]);
            }
            else
            {
                Keep(payload.Span[..end]);
                var whole = _text.AsMemory(0, _textLength);
                _textLength = 0;
                OnRecord(whole);
            }

            payload = payload[(end + 1)..];
        }

        Keep(payload.Span);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (_text.Length < _textLength + part.Length)
        {
            Array.Resize(ref _text, Math.Max(1024, (_textLength + part.Length) * 2));
        }

        part.CopyTo(_text.AsSpan(_textLength));
        _textLength += part.Length;
    }

    private void OnRecord(ReadOnlyMemory<byte> record)
    {
        if (record.Span.SequenceEqual("{}"u8))
        {
            _ready.TrySetResult();
        }
        else if (record.Span.SequenceEqual("{\"type\":6}"u8))
        {
            Send(Ping);
        }
        else
        {
            _onRecord(record);
        }
    }

    private void End(string reason)
    {
        Failure ??= reason;
        _ready.TrySetException(new InvalidOperationException($"The connection ended during the handshake: {reason}."));
    }
}
