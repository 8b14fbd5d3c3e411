using Chat.Api.Hubs;

namespace Chat.Api.Delivery;

/// <summary>One signed-in socket.</summary>
internal sealed class ClientConnection(string id, Guid userId, ConnectionOutbox outbox, SendLanes sends)
{
    public string Id { get; } = id;

    public Guid UserId { get; } = userId;

    public ConnectionOutbox Outbox { get; } = outbox;

    public SendLanes Sends { get; } = sends;

    /// <summary>The conversation that is open on it.</summary>
    public Guid? Focus { get; set; }

    public static ClientConnection Of(IDictionary<object, object?> items) => (ClientConnection)items[typeof(ClientConnection)]!;

    public void AttachTo(IDictionary<object, object?> items) => items[typeof(ClientConnection)] = this;
}
