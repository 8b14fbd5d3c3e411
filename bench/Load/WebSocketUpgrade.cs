using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Chat.Bench.Load;

/// <summary>The HTTP request that turns a socket into a WebSocket.</summary>
internal static class WebSocketUpgrade
{
    public static async Task Run(Socket socket, IPEndPoint server, string pathAndQuery)
    {
        var request = $"GET {pathAndQuery} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));

        var answer = new byte[4096];
        var length = 0;
        while (!answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            var received = await socket.ReceiveAsync(answer.AsMemory(length));
            length += received;
            if (received == 0 || length == answer.Length)
            {
                break;
            }
        }

        var text = Encoding.ASCII.GetString(answer, 0, length);
        if (!text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The server refused the WebSocket {pathAndQuery[..Math.Min(40, pathAndQuery.Length)]}: {text.Split('\r')[0]}");
        }
    }
}
