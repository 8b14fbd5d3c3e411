using System.Buffers;
using System.Text.Json;

namespace Chat.Bench.Baseline;

/// <summary>Writes a `MessageReceived` as it goes over the wire, with the fields that the product's has.</summary>
internal sealed class EventWriter
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);

    public void Write(IBufferWriter<byte> output, PendingMessage sent, BaselineReceipt receipt)
    {
        output.Write("{\"type\":1,\"target\":\"MessageReceived\",\"arguments\":["u8);
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("conversationId"u8, receipt.ConversationId);
        _json.WriteNumber("sequence"u8, receipt.Sequence);
        _json.WriteString("kind"u8, "message"u8);
        _json.WriteString("messageId"u8, receipt.MessageId);
        _json.WriteString("senderId"u8, sent.Sender.UserId);
        _json.WriteString("clientMessageId"u8, sent.Message.ClientMessageId);
        _json.WriteString("content"u8, sent.Message.Content);
        _json.WriteString("type"u8, "text"u8);
        _json.WriteString("sentAt"u8, receipt.SentAt);
        _json.WriteEndObject();
        _json.Flush();
        output.Write("]}\u001e"u8);
    }
}
