using System.Diagnostics.Metrics;

namespace Chat.Api.Delivery;

/// <summary>Every metric of the frontend. Callers say what happened; names and units are here.</summary>
internal sealed class EdgeInstruments
{
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _incarnations;
    private readonly UpDownCounter<long> _degraded;

    public EdgeInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("Chat.Api");
        _connections = meter.CreateUpDownCounter<long>("chat.connections", "{connection}", "Open connections.");
        _closed = meter.CreateCounter<long>("chat.connections.closed", "{connection}", "Connections that the server closed, by reason.");
        _incarnations = meter.CreateCounter<long>("chat.frontend.incarnations", "{incarnation}", "Times the frontend subscribed anew because events may have been lost, by reason.");
        _degraded = meter.CreateUpDownCounter<long>("chat.frontend.degraded", "{part}", "1 while clients are told that a part of the service is degraded, by part (`what`).");
    }

    public void OnConnected() => _connections.Add(1);

    public void OnDisconnected() => _connections.Add(-1);

    public void OnClosed(string reason) => _closed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void OnIncarnation(string reason) => _incarnations.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void OnDegraded(string what, bool began) => _degraded.Add(began ? 1 : -1, new KeyValuePair<string, object?>("what", what));
}
