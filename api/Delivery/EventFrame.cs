using Microsoft.AspNetCore.SignalR;

namespace Chat.Api.Delivery;

/// <summary>An event as it goes over the socket, serialized once for all who get it.</summary>
internal sealed class EventFrame(ReadOnlyMemory<byte> bytes)
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public SerializedHubMessage Message { get; } = Serialized(bytes);

    /// <summary>Frames end with a separator of their own, so several make one write.</summary>
    public static SerializedHubMessage Join(ReadOnlySpan<EventFrame> frames)
    {
        if (frames.Length == 1)
        {
            return frames[0].Message;
        }

        var length = 0;
        foreach (var frame in frames)
        {
            length += frame.Bytes.Length;
        }

        var joined = new byte[length];
        var rest = joined.AsSpan();
        foreach (var frame in frames)
        {
            frame.Bytes.Span.CopyTo(rest);
            rest = rest[frame.Bytes.Length..];
        }

        return Serialized(joined);
    }

    private static SerializedHubMessage Serialized(ReadOnlyMemory<byte> bytes) => new([new SerializedMessage("json", bytes)]);
}
