using System.Text.Json;

namespace Chat.Bench.Load;

/// <summary>What the load generator wants to know of a record of the hub protocol; everything else in it is skipped.</summary>
internal ref struct HubRecord
{
    public const int Invocation = 1;
    public const int Completion = 3;
    public const int Close = 7;

    public int Type;
    public bool IsMessage;
    public int InvocationId;
    public bool Ok;
    public long Sequence;
    public int RetryAfterMs;
    public ReadOnlySpan<byte> ClientMessageId;
    public ReadOnlySpan<byte> Code;

    public static HubRecord Parse(ReadOnlySpan<byte> json)
    {
        var record = new HubRecord();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                record.OnProperty(ref reader);
            }
        }

        return record;
    }

    private void OnProperty(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var name = reader.ValueSpan;
        reader.Read();
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("ok"u8):
                Ok = reader.TokenType == JsonTokenType.True;
                break;
            case 4 when depth == 1 && name.SequenceEqual("type"u8):
                Type = reader.GetInt32();
                break;
            case 4 when name.SequenceEqual("code"u8):
                Code = reader.ValueSpan;
                break;
            case 5 when depth == 1 && name.SequenceEqual("error"u8):
                Code = reader.ValueSpan;
                break;
            case 6 when depth == 1 && name.SequenceEqual("target"u8):
                IsMessage = reader.ValueTextEquals("MessageReceived"u8);
                break;
            case 8 when name.SequenceEqual("sequence"u8) && reader.TokenType == JsonTokenType.Number:
                Sequence = reader.GetInt64();
                break;
            case 12 when depth == 1 && name.SequenceEqual("invocationId"u8):
                InvocationId = int.Parse(reader.ValueSpan);
                break;
            case 12 when name.SequenceEqual("retryAfterMs"u8) && reader.TokenType == JsonTokenType.Number:
                RetryAfterMs = reader.GetInt32();
                break;
            case 15 when name.SequenceEqual("clientMessageId"u8):
                ClientMessageId = reader.ValueSpan;
                break;
        }
    }
}
