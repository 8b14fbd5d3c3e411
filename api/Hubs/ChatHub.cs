using Chat.Api.Delivery;
using Chat.Conversations;
using Chat.Inbox;
using Chat.Presence;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Orleans;

namespace Chat.Api.Hubs;

/// <summary>What clients may ask for. The hub translates; the grains decide.</summary>
[Authorize]
internal sealed class ChatHub(IGrainFactory grains, PresenceLink presence) : Hub<IChatClient>
{
    private ClientConnection Connection => ClientConnection.Of(Context.Items);

    public override Task OnConnectedAsync() => presence.Connect(Connection);

    public override Task OnDisconnectedAsync(Exception? exception) => presence.Disconnect(Connection);

    public Task<HubAnswer> SendMessage(SendMessageRequest request) => Connection.Sends.Send(request.ConversationId, request.Message).ToHub(Sent.From);

    public Task<HubAnswer> MarkRead(MarkReadRequest request) =>
        Conversation(request.ConversationId).MarkRead(Connection.UserId, request.Sequence).ToHub(cursor => new ReadMarked(cursor.ConversationId, cursor.Sequence));

    public Task<HubAnswer> Typing(TypingRequest request) =>
        Conversation(request.ConversationId).SetTyping(Connection.UserId, request.IsTyping).ToHub(_ => Acknowledged.Instance);

    public HubAnswer Focus(FocusRequest request)
    {
        Connection.Focus = request.ConversationId;
        return Acknowledged.Instance;
    }

    public Task<HubAnswer> Heartbeat(HeartbeatRequest request) => presence.Heartbeat(Connection, request.Active).ToHub();

    public Task<HubAnswer> SetStatus(SetStatusRequest request) =>
        presence.SetStatus(Connection.UserId, request.Status).ToHub(p => new StatusSet(p.UserId, p.Status, p.LastSeenAt));

    public Task<HubAnswer> Sync(SyncRequest request) =>
        grains.GetGrain<IInboxGrain>(Connection.UserId).Sync(request.Positions).ToHub(s => new Synced(s.Conversations, s.Added, s.Gone));

    private IConversationGrain Conversation(Guid id) => grains.GetGrain<IConversationGrain>(id);
}
