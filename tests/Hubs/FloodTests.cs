using System.Net.Sockets;
using System.Text;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

/// <summary>Clients that open a socket and waste it.</summary>
public sealed class FloodTests(FloodTests.ImpatientServer server) : IClassFixture<FloodTests.ImpatientServer>
{
    private const byte Ping = 0x89;
    private const byte Text = 0x81;

    [Fact]
    public async Task S9_silence_instead_of_a_handshake_ends()
    {
        var ada = await server.Register();
        await using var client = await HubClient.Open(server.Url, ada.Token);
        client.StartReading();

        await client.WaitForClose();
    }

    [Fact]
    public async Task S10_a_handshake_without_an_end_ends()
    {
        var ada = await server.Register();
        await using var client = await HubClient.Open(server.Url, ada.Token);
        client.StartReading();
        await client.SendRaw(new string('x', 5_000));

        await client.WaitForClose();
    }

    [Theory]
    [InlineData(Ping)]
    [InlineData(Text)]
    public async Task S30_a_flood_of_frames_that_nobody_sees_ends_the_socket_and_nobody_elses(byte opcode)
    {
        var (mallory, ada) = (await server.Register(), await server.Register());
        await using var witness = await server.Connect(ada);
        using var socket = await Upgrade(mallory.Token);

        // Masked with zeroes, and empty: six bytes each.
        var burst = Enumerable.Repeat(new byte[] { opcode, 0x80, 0, 0, 0, 0 }, 1_000).SelectMany(frame => frame).ToArray();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (true)
            {
                await socket.GetStream().WriteAsync(burst, patience.Token);
            }
        });

        await server.WaitForOutput("frames a second");
        (await witness.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    private async Task<TcpClient> Upgrade(string token)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(server.Url.Host, server.Url.Port);
        var request = $"GET /hubs/chat?access_token={token} HTTP/1.1\r\nHost: {server.Url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[1_024];
        var read = await socket.GetStream().ReadAsync(answer);
        Encoding.ASCII.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 101");
        return socket;
    }

    /// <summary>Waits half a second for a handshake.</summary>
    public sealed class ImpatientServer : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Chat__Connections__HandshakeTimeoutMs"] = "500",
            ["Chat__Auth__PasswordIterations"] = "10",
        };
    }
}
