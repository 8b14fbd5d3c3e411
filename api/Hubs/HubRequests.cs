using System.Text.Json.Serialization;
using Chat.Conversations;
using Chat.Presence;

namespace Chat.Api.Hubs;

// What clients say on the hub. Structs, so that a null argument is refused before a method is called.

public readonly record struct SendMessageRequest
{
    [JsonConstructor]
    public SendMessageRequest(Guid conversationId, string clientMessageId, string content, string? type = null, long? replyTo = null, bool retry = false)
    {
        ConversationId = conversationId;
        Message = new SendMessage(clientMessageId, content, type, replyTo, retry);
    }

    public Guid ConversationId { get; }

    public string ClientMessageId => Message.ClientMessageId;

    public string Content => Message.Content;

    public string? Type => Message.Type;

    public long? ReplyTo => Message.ReplyTo;

    public bool Retry => Message.Retry;

    internal SendMessage Message { get; }

    // Frameworks log the arguments of a call: a message must not be readable there.
    public override string ToString() => nameof(SendMessageRequest);
}

[method: JsonConstructor]
public readonly record struct MarkReadRequest(Guid ConversationId, long Sequence);

[method: JsonConstructor]
public readonly record struct TypingRequest(Guid ConversationId, bool IsTyping);

/// <param name="ConversationId">The conversation that this connection has open; null for none.</param>
[method: JsonConstructor]
public readonly record struct FocusRequest(Guid? ConversationId);

/// <param name="Active">The person did something since the last one.</param>
[method: JsonConstructor]
public readonly record struct HeartbeatRequest(bool Active);

[method: JsonConstructor]
public readonly record struct SetStatusRequest(PresenceStatus Status);

[method: JsonConstructor]
public readonly record struct SyncRequest(SyncPosition[] Positions);
