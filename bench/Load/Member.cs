using System.Diagnostics;
using System.Net;
using System.Text;

namespace Chat.Bench.Load;

/// <summary>One user with one connection, who talks in one conversation.</summary>
internal sealed class Member
{
    private const int Remembered = 4096;

    // A message that is held is acknowledged here once it has its sequence.
    private const int HeldAskedAgainMs = 100;
    private const int KeyLength = 8 + 1 + 4 + 1 + 8 + 1 + 16;

    private readonly LoadRun _run;
    private readonly int _index;
    private readonly byte[] _head;
    private readonly byte[] _keyHead;
    private readonly long[] _sentAt = new long[Remembered];
    private readonly Lock _writing = new();
    private HubSocket? _socket;
    private int _next;
    private byte[] _out = new byte[4096];
    private int _outLength;
    private long _lastDelivered;

    public Member(LoadRun run, int index, Guid conversationId)
    {
        _run = run;
        _index = index;
        ConversationId = conversationId;
        _head = Encoding.ASCII.GetBytes($"\",\"target\":\"SendMessage\",\"arguments\":[{{\"conversationId\":\"{conversationId}\",\"clientMessageId\":\"");
        _keyHead = Encoding.ASCII.GetBytes($"{run.Plan.Run}.{index:D4}.");
    }

    public Guid ConversationId { get; }

    public int Sent => _next;

    public int Acked { get; private set; }

    public int Delivered { get; private set; }

    public int Disordered { get; private set; }

    public long SequenceSum { get; private set; }

    public string? Failure => _socket?.Failure;

    public async Task Connect(IPEndPoint server, string pathAndQuery)
    {
        _socket = await HubSocket.Connect(server, pathAndQuery, 8192, OnRecord, Flush);
    }

    public void Close() => _socket?.Dispose();

    /// <summary>Latency counts from <paramref name="intendedAt"/>, whenever the bytes leave.</summary>
    public void Send(long intendedAt)
    {
        lock (_writing)
        {
            var number = _next++;
            _sentAt[number % Remembered] = intendedAt;
            Write(number, retry: false);
        }
    }

    public void SendAgain(int number)
    {
        lock (_writing)
        {
            Write(number, retry: true);
        }

        Flush();
    }

    public void Flush()
    {
        lock (_writing)
        {
            if (_outLength > 0)
            {
                _socket!.Send(_out.AsSpan(0, _outLength));
                _outLength = 0;
            }
        }
    }

    private void OnRecord(ReadOnlyMemory<byte> json)
    {
        var record = HubRecord.Parse(json.Span);
        if (record.Type == HubRecord.Completion)
        {
            OnCompletion(in record);
        }
        else if (record.IsMessage)
        {
            OnMessage(in record);
        }
        else if (record.Type == HubRecord.Close)
        {
            _run.OnRefused($"closed: {Encoding.UTF8.GetString(record.Code)}");
        }
    }

    private void OnCompletion(in HubRecord record)
    {
        if (!record.Ok || record.Sequence == 0)
        {
            _run.OnRefused(record.Ok ? "held" : Encoding.UTF8.GetString(record.Code));
            _run.Repeat(this, record.InvocationId, record.Ok ? HeldAskedAgainMs : Math.Max(1, record.RetryAfterMs));
            return;
        }

        Acked++;
        SequenceSum += record.Sequence;
        _run.Measurement?.OnAcked(_sentAt[record.InvocationId % Remembered]);
        if (_run.KeepsWindowFull)
        {
            Send(Stopwatch.GetTimestamp());
        }
    }

    private void OnMessage(in HubRecord record)
    {
        var key = record.ClientMessageId;
        if (record.Sequence == 0 || key.Length != KeyLength || !key.StartsWith(_run.RunPrefix) || int.Parse(key[9..13]) == _index)
        {
            return;
        }

        Delivered++;
        if (record.Sequence <= _lastDelivered)
        {
            Disordered++;
        }

        _lastDelivered = record.Sequence;
        _run.Measurement?.OnDelivered(long.Parse(key[23..]));
    }

    private void Write(int number, bool retry)
    {
        const int Largest = 512;
        if (_out.Length < _outLength + Largest)
        {
            Array.Resize(ref _out, _out.Length * 2);
        }

        var frame = _out.AsSpan(_outLength);
        var payload = new SpanWriter(frame[Frames.LongHeader..]);
        payload.Add("{\"type\":1,\"invocationId\":\""u8);
        payload.Add(number, 1);
        payload.Add(_head);
        payload.Add(_keyHead);
        payload.Add(number, 8);
        payload.Add("."u8);
        payload.Add(_sentAt[number % Remembered], 16);
        payload.Add("\",\"content\":\""u8);
        payload.Add(_run.Content);
        payload.Add(retry ? "\",\"retry\":true}]}\u001e"u8 : "\"}]}\u001e"u8);
        Frames.WriteLongHeader(frame, payload.Length);
        _outLength += Frames.LongHeader + payload.Length;
    }
}
