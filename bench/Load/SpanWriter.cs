using System.Buffers;
using System.Buffers.Text;

namespace Chat.Bench.Load;

internal ref struct SpanWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Length { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[Length..]);
        Length += bytes.Length;
    }

    public void Add(long number, byte digits)
    {
        Utf8Formatter.TryFormat(number, _target[Length..], out var written, new StandardFormat('D', digits));
        Length += written;
    }
}
