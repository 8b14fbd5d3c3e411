namespace Chat.Api.Hosting;

/// <summary>Counts the frames of one WebSocket while their bytes go by (RFC 6455, section 5.2), pings and empty ones too, which nothing behind it ever sees; and says
/// when they are more than a rate allows. A burst of three seconds' worth is let through.</summary>
internal sealed class FrameMeter(int framesPerSecond, TimeProvider time)
{
    private const int BurstSeconds = 3;

    private readonly double _most = (double)framesPerSecond * BurstSeconds;
    private double _left = (double)framesPerSecond * BurstSeconds;
    private long _at = time.GetTimestamp();
    private bool _inHeader;
    private bool _masked;
    private int _lengthBytes;
    private ulong _length;
    private ulong _rest;

    public bool Admits(ReadOnlySpan<byte> bytes)
    {
        var frames = Count(bytes);
        var now = time.GetTimestamp();
        _left = Math.Min(_most, _left + (time.GetElapsedTime(_at, now).TotalSeconds * framesPerSecond)) - frames;
        _at = now;
        return _left >= 0;
    }

    private int Count(ReadOnlySpan<byte> bytes)
    {
        var frames = 0;
        while (!bytes.IsEmpty)
        {
            if (_rest > 0)
            {
                var skipped = (int)Math.Min(_rest, (ulong)bytes.Length);
                _rest -= (ulong)skipped;
                bytes = bytes[skipped..];
                continue;
            }

            if (!_inHeader)
            {
                frames++;
                _inHeader = true;
                _lengthBytes = -1;
            }
            else
            {
                ReadLength(bytes[0]);
            }

            bytes = bytes[1..];
        }

        return frames;
    }

    private void ReadLength(byte next)
    {
        if (_lengthBytes < 0)
        {
            _masked = (next & 0x80) != 0;
            var length = next & 0x7f;
            _lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
            _length = _lengthBytes == 0 ? (ulong)length : 0;
        }
        else
        {
            _length = (_length << 8) | next;
            _lengthBytes--;
        }

        if (_lengthBytes == 0)
        {
            _rest = Math.Min(_length, long.MaxValue) + (_masked ? 4UL : 0);
            _inHeader = false;
        }
    }
}
