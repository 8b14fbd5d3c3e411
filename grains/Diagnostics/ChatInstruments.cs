using System.Diagnostics.Metrics;

namespace Chat.Grains.Diagnostics;

/// <summary>Every metric of the silo. Callers say what happened; names and units are here.</summary>
internal sealed class ChatInstruments
{
    private readonly Histogram<int> _commitEntries;
    private readonly Counter<long> _committed;
    private readonly Counter<long> _poison;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _deliveriesDropped;
    private readonly Counter<long> _outages;
    private readonly Histogram<double> _outageDuration;
    private int _storageDown;

    public ChatInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("Chat.Silo");
        _commitEntries = meter.CreateHistogram<int>("chat.log.commit.entries", "{entry}", "Entries in one group commit.");
        _committed = meter.CreateCounter<long>("chat.log.entries.committed", "{entry}", "Entries committed to the log.");
        _poison = meter.CreateCounter<long>("chat.log.entries.poison", "{entry}", "Entries that will never be stored.");
        _fenced = meter.CreateCounter<long>("chat.conversations.fenced", "{conversation}", "Activations that found another owner's entries in their log.");
        _deliveriesDropped = meter.CreateCounter<long>("chat.deliveries.dropped", "{event}", "Events that a frontend was not told of; its clients sync.");
        _outages = meter.CreateCounter<long>("chat.storage.outages", "{outage}", "Times the log could not be written to.");
        _outageDuration = meter.CreateHistogram<double>("chat.storage.outage.duration", "s", "How long the log could not be written to, recorded when it is back.");
        meter.CreateObservableGauge("chat.storage.down", () => _storageDown, null, "1 while the log cannot be written to.");
    }

    public void OnCommitted(int entries)
    {
        _commitEntries.Record(entries);
        _committed.Add(entries);
    }

    public void OnPoison() => _poison.Add(1);

    public void OnFenced() => _fenced.Add(1);

    public void OnDeliveriesDropped(int deliveries) => _deliveriesDropped.Add(deliveries);

    public void OnStorageDown()
    {
        _storageDown = 1;
        _outages.Add(1);
    }

    public void OnStorageBack(TimeSpan lasted)
    {
        _storageDown = 0;
        _outageDuration.Record(lasted.TotalSeconds);
    }
}
