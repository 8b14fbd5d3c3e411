using Chat.Api.Hubs;
using Chat.Delivery;

namespace Chat.Api.Delivery;

/// <summary>From what a silo says to the outboxes of the sockets it is for. Never waits for a socket.</summary>
internal sealed class EventDispatch(Connections connections, EventFrames frames, ConnectionCloser closer)
{
    public void Deliver(DeliveryBatch batch)
    {
        var touched = new List<ConnectionOutbox>();
        foreach (var delivery in batch.Deliveries)
        {
            EventFrame? frame = null;
            foreach (var userId in delivery.Recipients)
            {
                foreach (var connection in connections.Of(userId))
                {
                    Add(connection, frame ??= frames.Of(delivery.Event), touched);
                }
            }
        }

        // After the whole batch: what goes to one socket goes in one write.
        foreach (var outbox in touched)
        {
            outbox.Flush();
        }
    }

    public void Tell(ClientConnection connection, EventFrame frame)
    {
        if (connection.Outbox.TryAdd(frame))
        {
            connection.Outbox.Flush();
        }
        else
        {
            closer.Close(connection, ClosingReasons.SlowConsumer);
        }
    }

    private void Add(ClientConnection connection, EventFrame frame, List<ConnectionOutbox> touched)
    {
        if (connection.Outbox.TryAdd(frame))
        {
            touched.Add(connection.Outbox);
        }
        else
        {
            closer.Close(connection, ClosingReasons.SlowConsumer);
        }
    }
}
