using System.Buffers.Binary;

namespace Chat.Bench.Load;

/// <summary>WebSocket frames (RFC 6455) as a client writes and reads them. The mask is zero: legal on the wire, and no work for us.</summary>
internal static class Frames
{
    public const int Close = 8;
    public const int PingFrame = 9;
    public const int PongFrame = 10;

    /// <summary>Room for the header of a payload of 126 to 65,535 bytes.</summary>
    public const int LongHeader = 8;

    private const byte Final = 0x80;
    private const byte Masked = 0x80;

    public readonly record struct Header(int Opcode, int Offset, int Length);

    public static bool TryRead(ReadOnlySpan<byte> raw, out Header header)
    {
        header = default;
        if (raw.Length < 2)
        {
            return false;
        }

        long length = raw[1] & 0x7f;
        var offset = length switch { 126 => 4, 127 => 10, _ => 2 };
        if (raw.Length < offset)
        {
            return false;
        }

        length = offset switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(raw[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(raw[2..]),
            _ => length,
        };
        header = new Header(raw[0] & 0x0f, offset, checked((int)length));
        return raw.Length - offset >= length;
    }

    public static byte[] Text(ReadOnlySpan<byte> payload) => Short(1, payload);

    public static byte[] Pong(ReadOnlySpan<byte> payload) => Short(PongFrame, payload);

    /// <summary>The header of a text frame, in front of a payload that was written behind <see cref="LongHeader"/> bytes.</summary>
    public static void WriteLongHeader(Span<byte> frame, int payloadLength)
    {
        frame[0] = Final | 1;
        frame[1] = Masked | 126;
        BinaryPrimitives.WriteUInt16BigEndian(frame[2..], checked((ushort)payloadLength));
        frame[4..LongHeader].Clear();
    }

    private static byte[] Short(int opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, 125, nameof(payload));
        byte[] frame = [(byte)(Final | opcode), (byte)(Masked | payload.Length), 0, 0, 0, 0, .. payload];
        return frame;
    }
}
