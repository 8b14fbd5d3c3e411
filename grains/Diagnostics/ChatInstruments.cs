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
    private readonly Counter<long> _retentionDeleted;
    private readonly Counter<long> _retentionPurged;
    private readonly Counter<long> _retentionRefused;
    private readonly Histogram<double> _retentionDuration;
    private readonly Counter<long> _held;
    private readonly Counter<long> _rescued;
    private readonly Counter<long> _holdRefused;
    private readonly Counter<long> _rescueRefused;
    private readonly Meter _meter;
    private readonly Counter<long> _deadLettersAdded;
    private readonly Counter<long> _deadLettersRedriven;
    private readonly Counter<long> _deadLettersDiscarded;
    private int _storageDown;
    private Measurement<long>[] _deadLetters = [];

    public ChatInstruments(IMeterFactory meters)
    {
        var meter = _meter = meters.Create("Chat.Silo");
        _commitEntries = meter.CreateHistogram<int>("chat.log.commit.entries", "{entry}", "Entries in one group commit.");
        _committed = meter.CreateCounter<long>("chat.log.entries.committed", "{entry}", "Entries committed to the log.");
        _poison = meter.CreateCounter<long>("chat.log.entries.poison", "{entry}", "Entries that will never be stored.");
        _fenced = meter.CreateCounter<long>("chat.conversations.fenced", "{conversation}", "Activations that found another owner's entries in their log.");
        _deliveriesDropped = meter.CreateCounter<long>("chat.deliveries.dropped", "{event}", "Events that a frontend was not told of; its clients sync.");
        _outages = meter.CreateCounter<long>("chat.storage.outages", "{outage}", "Times the log could not be written to.");
        _outageDuration = meter.CreateHistogram<double>("chat.storage.outage.duration", "s", "How long the log could not be written to, recorded when it is back.");
        _held = meter.CreateCounter<long>("chat.held.added", "{message}", "Messages held in the fallback.");
        _holdRefused = meter.CreateCounter<long>("chat.held.unavailable", "{message}", "Messages that could not be held either; their senders retry.");
        _rescued = meter.CreateCounter<long>("chat.held.rescued", "{message}", "Held messages that took their place in the log.");
        _rescueRefused = meter.CreateCounter<long>("chat.held.refused", "{message}", "Held messages that became dead letters.");
        _deadLettersAdded = meter.CreateCounter<long>("chat.dead_letters.added", "{message}", "Messages set aside as dead letters.");
        _deadLettersRedriven = meter.CreateCounter<long>("chat.dead_letters.redriven", "{message}", "Dead letters that are in the log now.");
        _deadLettersDiscarded = meter.CreateCounter<long>("chat.dead_letters.discarded", "{message}", "Dead letters that operators gave up.");
        meter.CreateObservableGauge("chat.dead_letters", () => _deadLetters, "{message}", "Dead letters that nobody has decided on; told by the silo that counts them.");
        meter.CreateObservableGauge("chat.storage.down", () => _storageDown, null, "1 while the log cannot be written to.");
        _retentionDeleted = meter.CreateCounter<long>("chat.retention.entries.deleted", "{entry}", "Entries that retention took out of the log.");
        _retentionPurged = meter.CreateCounter<long>("chat.retention.contents.purged", "{message}", "Deleted messages that retention emptied.");
        _retentionRefused = meter.CreateCounter<long>("chat.retention.runs.refused", "{run}", "Runs of retention that refused to delete.");
        _retentionDuration = meter.CreateHistogram<double>("chat.retention.run.duration", "s", "How long a run of retention took.");
    }

    public void OnCommitted(int entries)
    {
        _commitEntries.Record(entries);
        _committed.Add(entries);
    }

    public void OnPoison() => _poison.Add(1);

    public void OnFenced() => _fenced.Add(1);

    public void OnDeliveriesDropped(int deliveries) => _deliveriesDropped.Add(deliveries);

    public void OnDeadLetterAdded() => _deadLettersAdded.Add(1);

    public void OnDeadLetterRedriven() => _deadLettersRedriven.Add(1);

    public void OnDeadLetterDiscarded() => _deadLettersDiscarded.Add(1);

    /// <param name="depth">Null: somebody else counts.</param>
    public void OnDeadLetters(long? depth) => _deadLetters = depth is { } counted ? [new Measurement<long>(counted)] : [];

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

    public void OnRetention(long deleted, long purged, bool refused, TimeSpan took)
    {
        _retentionDeleted.Add(deleted);
        _retentionPurged.Add(purged);
        _retentionRefused.Add(refused ? 1 : 0);
        _retentionDuration.Record(took.TotalSeconds);
    }

    public void OnHeld(int messages) => _held.Add(messages);

    public void OnHoldRefused(int messages) => _holdRefused.Add(messages);

    public void OnRescued() => _rescued.Add(1);

    public void OnRescueRefused() => _rescueRefused.Add(1);

    public void WatchHeld(Func<int> messages, Func<double> oldestSeconds)
    {
        _meter.CreateObservableGauge("chat.held.messages", messages, "{message}", "Messages held now, in the conversations that are awake.");
        _meter.CreateObservableGauge("chat.held.oldest", oldestSeconds, "s", "Age of the oldest held message; 0 when there is none.");
    }
}
