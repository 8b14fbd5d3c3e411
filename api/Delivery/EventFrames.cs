using System.Diagnostics;
using Chat.Api.Hubs;
using Chat.Conversations;
using Chat.Delivery;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Chat.Api.Delivery;

/// <summary>Which client method tells of which event.</summary>
internal sealed class EventFrames(IHubProtocolResolver protocols)
{
    private readonly IHubProtocol _json = protocols.GetProtocol("json", ["json"]) ?? throw new InvalidOperationException("The hub speaks JSON.");

    public EventFrame Of(ServerEvent e) => e switch
    {
        ConversationEvent { Kind: EntryKind.Message } message => Frame(nameof(IChatClient.MessageReceived), message),
        ConversationEvent { Kind: EntryKind.Renamed } renamed => Frame(nameof(IChatClient.ConversationChanged), Renamed(renamed)),
        ConversationEvent change => Frame(nameof(IChatClient.MembersChanged), change),
        ConversationChanged change => Frame(nameof(IChatClient.ConversationChanged), change),
        MessageRejected rejected => Frame(nameof(IChatClient.MessageRejected), rejected),
        ReadMoved moved => Frame(nameof(IChatClient.ReadMoved), moved),
        TypingChanged typing => Frame(nameof(IChatClient.TypingChanged), typing),
        PresenceChanged presence => Frame(nameof(IChatClient.PresenceChanged), presence),
        _ => throw new UnreachableException($"No client method tells of {e.GetType().Name}."),
    };

    public EventFrame Of(SyncNeeded sync) => Frame(nameof(IChatClient.SyncNeeded), sync);

    public EventFrame Of(Degraded degraded) => Frame(nameof(IChatClient.Degraded), degraded);

    public EventFrame Of(Closing closing) => Frame(nameof(IChatClient.Closing), closing);

    private static ConversationRenamed Renamed(ConversationEvent e) =>
        new(e.ConversationId, "renamed", e.Sequence ?? 0, e.Sequence, e.Kind, e.SenderId, e.Name, e.SentAt);

    private EventFrame Frame(string method, object payload) => new(_json.GetMessageBytes(new InvocationMessage(method, [payload])));
}
