namespace Chat.Grains.Storage;

internal sealed partial class MessageWriter
{
    // Far fewer than the pool has connections.
    private const int MaxParts = 8;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Parts go again until the poison stands alone.</summary>
    private async Task<bool> Isolate(IReadOnlyList<PendingAppend> group, string poison, bool mayPass = false)
    {
        if (group.Count > 1)
        {
            return await CommitParts(group);
        }

        var append = group[0];
        if (append.Entries.Count == 1)
        {
            LogPoison(_logger, append.Entries[0].Event.MessageId, poison);
            _instruments.OnPoison();
            append.Complete(new AppendOutcome.Poisoned(0, poison, Math.Max(1, append.Attempts), mayPass));
            return true;
        }

        var outcome = await Bisect(append);
        append.Complete(outcome);
        return outcome is not AppendOutcome.Unknown;
    }

    /// <summary>At the same time, each over a connection of its own: whoever shares a group with poison waits two or three commits longer, not one for every split.</summary>
    private async Task<bool> CommitParts(IReadOnlyList<PendingAppend> group)
    {
        var size = (group.Count + MaxParts - 1) / MaxParts;
        var answered = await Task.WhenAll(group.Chunk(size).Select(Commit));
        return answered.All(part => part);
    }

    private async Task<AppendOutcome> Bisect(PendingAppend append)
    {
        var entries = append.Entries;
        var committed = 0;
        while (committed < entries.Count)
        {
            var part = new PendingAppend(entries.Skip(committed).Take(Math.Max(1, (entries.Count - committed) / 2)))
            {
                Attempts = append.Attempts,
                IsUnsure = append.IsUnsure,
                IsPart = true,
            };
            await Commit([part]);
            switch (await part.Task)
            {
                case AppendOutcome.Committed:
                    committed += part.Entries.Count;
                    break;
                case AppendOutcome.Poisoned poisoned:
                    return poisoned with { Before = committed + poisoned.Before };
                case var other:
                    // An outage on the way: the conversation sends all of it again and the guard says what was committed.
                    return committed == 0 ? other : AppendOutcome.Unknown.Instance;
            }
        }

        return AppendOutcome.Committed.Instance;
    }

    /// <summary>An error that the store does not classify. Neighbours commit without it at once. Alone it is tried a few times, and is poison by then; unless nothing at
    /// all can be written, which is no entry's fault.</summary>
    private async Task<bool> TryAgain(IReadOnlyList<PendingAppend> group, Exception unclassified)
    {
        foreach (var sent in group)
        {
            sent.IsUnsure = true;
        }

        if (group.Count > 1)
        {
            return await CommitParts(group);
        }

        var append = group[0];
        if (append.Attempts < _options.MaxAttempts)
        {
            append.Attempts++;
            LogUnclassified(_logger, unclassified, append.Attempts);
            append.FailedAt = append.FailedAt == 0 ? _time.GetTimestamp() : append.FailedAt;
        }

        if (append.Attempts < _options.MaxAttempts)
        {
            if (append.IsPart)
            {
                return CompleteAll(group, AppendOutcome.Unknown.Instance);
            }

            _ = QueueAgain(append);
            return true;
        }

        if (Volatile.Read(ref _committedAt) <= append.FailedAt && await ProbeOnce() is not null)
        {
            _health.OnOutage();
            return CompleteAll(group, AppendOutcome.Unknown.Instance);
        }

        return await Isolate(group, $"The log refuses it: {unclassified.GetType().Name}.", mayPass: true);
    }

    private async Task QueueAgain(PendingAppend append)
    {
        await Task.Delay(append.Attempts * RetryDelay, _time);
        if (!LaneOf(append).Writer.TryWrite(append))
        {
            append.Complete(AppendOutcome.Unknown.Instance);
        }
    }
}
