using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Chat.Tests.Support;

/// <summary>A network between a client and a server on this machine that misbehaves when told to. All switches may be thrown at any time, also with data on its way.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly ConcurrentDictionary<Link, Task> _links = new();
    private Socket _listener;
    private Task _accepting;
    private volatile TaskCompletionSource _open = Opened();
    private volatile bool _silent;
    private volatile bool _dropsReplies;
    private long _delayTicks;

    private TcpProxy(int target)
    {
        _target = target;
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Accept(_listener);
    }

    public int Port { get; }

    public static TcpProxy Start(int target) => new(target);

    /// <summary>In front of the server that the connection string names.</summary>
    public static TcpProxy Before(string connectionString) => new(new NpgsqlConnectionStringBuilder(connectionString).Port);

    /// <summary>The same connection string, through this proxy.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = Port }.ConnectionString;

    /// <summary>Every reply takes this much longer from now on.</summary>
    public void DelayReplies(TimeSpan by) => Interlocked.Exchange(ref _delayTicks, by.Ticks);

    /// <summary>Nothing goes through until <see cref="Resume"/>, and nothing is lost.</summary>
    public void Pause()
    {
        if (_open.Task.IsCompleted)
        {
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Resume() => _open.TrySetResult();

    /// <summary>A partition without a reset: what is open stays open and is silent for ever, and so is what opens meanwhile.</summary>
    public void BlackHole()
    {
        _silent = true;
        foreach (var link in _links.Keys)
        {
            link.Silent = true;
        }
    }

    /// <summary>The partition ends for new connections; those of before stay silent.</summary>
    public void EndBlackHole() => _silent = false;

    /// <summary>Requests arrive and are executed; their replies are lost, and the connections stay open.</summary>
    public void DropReplies(bool on) => _dropsReplies = on;

    /// <summary>Every open connection ends at once, on both sides.</summary>
    public void Reset()
    {
        foreach (var link in _links.Keys)
        {
            link.Reset();
        }
    }

    /// <summary>Nobody listens any more, and what was open is reset.</summary>
    public async Task Refuse()
    {
        _listener.Dispose();
        await _accepting;
        Reset();
    }

    /// <summary>Listens again, on the same port.</summary>
    public void Accept()
    {
        _listener = Listen(Port);
        _accepting = Accept(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await Refuse();
        Resume();
        await Task.WhenAll(_links.Values);
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(512);
        return listener;
    }

    private async Task Accept(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }

            client.NoDelay = true;
            var link = new Link(client) { Silent = _silent };
            _links[link] = Carry(link);
        }
    }

    private async Task Carry(Link link)
    {
        // The rest after the link is in the table.
        await Task.Yield();
        try
        {
            await link.Server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(Pump(link, link.Client, link.Server, replies: false), Pump(link, link.Server, link.Client, replies: true));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The server is not there: the client sees its connection reset.
        }

        link.Reset();
        _links.TryRemove(link, out _);
    }

    private async Task Pump(Link link, Socket from, Socket to, bool replies)
    {
        var buffer = new byte[65_536];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0 || link.Silent)
            {
                if (read == 0)
                {
                    // Nor does an end get through.
                    await link.Ended;
                }

                if (replies && Interlocked.Read(ref _delayTicks) is > 0 and var ticks)
                {
                    await Task.Delay(TimeSpan.FromTicks(ticks), TimeProvider.System);
                }

                await _open.Task;
                if (!link.Silent && !(replies && _dropsReplies))
                {
                    await to.SendAsync(buffer.AsMemory(0, read));
                }
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Either side may end at any time.
        }
    }

    private sealed class Link(Socket client)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _silent;
        private int _reset;

        public Socket Client { get; } = client;

        public Socket Server { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public Task Ended => _ended.Task;

        public bool Silent
        {
            get => _silent;
            set => _silent = value;
        }

        public void Reset()
        {
            if (Interlocked.Exchange(ref _reset, 1) == 1)
            {
                return;
            }

            // Closed without lingering, a socket resets its peer.
            Client.LingerState = Server.LingerState = new LingerOption(true, 0);
            Client.Close();
            Server.Close();
            _ended.TrySetResult();
        }
    }
}
