using System.Net.Sockets;
using System.Text;

namespace Chat.Bench.Measuring;

/// <summary>Makes another .NET process collect its garbage: an event session with the keyword that asks for it, over the runtime's diagnostic socket. The process needs no code for it.</summary>
internal static class ForcedCollection
{
    private const ulong CollectKeyword = 0x800000;
    private const uint Informational = 4;
    private const byte EventPipe = 2;
    private const byte StopTracing = 1;
    private const byte CollectTracing = 2;

    public static async Task Run(int process)
    {
        using var session = await Connect(process);
        await session.SendAsync(Command(CollectTracing, payload =>
        {
            payload.Write(1u);
            payload.Write(1u);
            payload.Write(1u);
            payload.Write(CollectKeyword);
            payload.Write(Informational);
            WriteText(payload, "Microsoft-Windows-DotNETRuntime");
            WriteText(payload, "");
        }));
        var answer = new byte[28];
        await ReceiveAll(session, answer);
        var id = BitConverter.ToUInt64(answer, 20);

        using var stop = await Connect(process);
        await stop.SendAsync(Command(StopTracing, payload => payload.Write(id)));
        var rest = new byte[65536];
        while (await session.ReceiveAsync(rest) > 0)
        {
            // The session ends once its events are read; the collection is over then.
        }
    }

    private static async Task<Socket> Connect(int process)
    {
        var path = Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket").Single();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static byte[] Command(byte command, Action<BinaryWriter> writePayload)
    {
        var message = new MemoryStream();
        using var writer = new BinaryWriter(message);
        writer.Write("DOTNET_IPC_V1\0"u8);
        writer.Write((ushort)0);
        writer.Write(EventPipe);
        writer.Write(command);
        writer.Write((ushort)0);
        writePayload(writer);
        writer.Seek(14, SeekOrigin.Begin);
        writer.Write((ushort)message.Length);
        return message.ToArray();
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write((uint)text.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(text + "\0"));
    }

    private static async Task ReceiveAll(Socket socket, byte[] buffer)
    {
        for (var length = 0; length < buffer.Length;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length));
            length += received > 0 ? received : throw new IOException("The diagnostic socket closed.");
        }
    }
}
