using System.Text.Json.Serialization;
using Chat.Api.Endpoints;
using Chat.Api.Hubs;
using Chat.Conversations;
using Chat.DeadLetters;
using Chat.Delivery;
using Chat.Inbox;
using Chat.Presence;
using Chat.Retention;

namespace Chat.Api.Wire;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(MarkReadRequest))]
[JsonSerializable(typeof(TypingRequest))]
[JsonSerializable(typeof(FocusRequest))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(SetStatusRequest))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(Refused))]
[JsonSerializable(typeof(Acknowledged))]
[JsonSerializable(typeof(Sent))]
[JsonSerializable(typeof(ReadMarked))]
[JsonSerializable(typeof(StatusSet))]
[JsonSerializable(typeof(Synced))]
[JsonSerializable(typeof(ConversationEvent))]
[JsonSerializable(typeof(ConversationChanged))]
[JsonSerializable(typeof(ConversationRenamed))]
[JsonSerializable(typeof(MessageRejected))]
[JsonSerializable(typeof(ReadMoved))]
[JsonSerializable(typeof(TypingChanged))]
[JsonSerializable(typeof(PresenceChanged))]
[JsonSerializable(typeof(SyncNeeded))]
[JsonSerializable(typeof(Degraded))]
[JsonSerializable(typeof(Closing))]
[JsonSerializable(typeof(OpenConversationRequest))]
[JsonSerializable(typeof(RenameRequest))]
[JsonSerializable(typeof(AddMembersRequest))]
[JsonSerializable(typeof(ChangeRoleRequest))]
[JsonSerializable(typeof(PostMessageRequest))]
[JsonSerializable(typeof(PostReadRequest))]
[JsonSerializable(typeof(RunRetentionRequest))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(RedriveRequest))]
[JsonSerializable(typeof(DiscardRequest))]
[JsonSerializable(typeof(Conversation))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(InboxPage))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(ReadCursor))]
[JsonSerializable(typeof(UserPresence))]
[JsonSerializable(typeof(RetentionReport))]
[JsonSerializable(typeof(RetentionReports))]
[JsonSerializable(typeof(LegalHold))]
[JsonSerializable(typeof(LegalHolds))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(DeadLetterItem))]
[JsonSerializable(typeof(RedriveResults))]
[JsonSerializable(typeof(Health))]
internal sealed partial class WireContext : JsonSerializerContext;
