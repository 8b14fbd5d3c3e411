using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Reading the log: the hot window first, the store behind it, and for every member only what came after joining.</summary>
internal sealed partial class ConversationGrain
{
    private const int MaxPage = 100;
    private const int MaxSync = 500;

    // Told while a load was under way that may not have seen it.
    private long _trimmedThrough;

    public async Task<Answer<HistoryPage>> ReadHistory(Guid userId, HistoryQuery query)
    {
        if (HistoryRules.Check(query, MaxPage) is { } fault)
        {
            return fault;
        }

        if (await Enter(userId) is { } refusal)
        {
            return refusal;
        }

        var from = VisibleAfter(userId);
        try
        {
            return query.Around is { } around ? await ReadAround(from, around, query.Limit)
                : query.After is { } after ? await ReadPage(Math.Max(from, after), long.MaxValue, query.Limit, newest: false)
                : WithHeld(await ReadPage(from, query.Before ?? long.MaxValue, query.Limit, newest: true), query.Before);
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    public async Task<Answer<ConversationSync>> Sync(Guid userId, long after, int limit)
    {
        if (after < 0 || limit is < 1 or > MaxSync)
        {
            return Refusal.Invalid($"A position takes 0 or more, a limit 1 to {MaxSync}.", "invalid_position");
        }

        if (await Enter(userId) is { } refusal)
        {
            return refusal;
        }

        var head = _awake!.Ledger.Head;
        if (after > head)
        {
            return new ConversationSync(Id, head, head, [], More: false, Resync: true);
        }

        try
        {
            var from = Math.Max(JoinedSequence(userId), after);
            var page = await ReadPage(from, long.MaxValue, limit, newest: false);
            if (from < _awake.Ledger.TrimmedThrough)
            {
                // What the client lacks is gone, perhaps since the line above began.
                return new ConversationSync(Id, page.Head, page.Head, [], More: false, Resync: true);
            }

            var through = page.More ? page.Events[^1].Sequence!.Value : page.Head;
            return new ConversationSync(Id, page.Head, through, page.Events, page.More, Resync: false);
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    public Task OnTrimmed(long through)
    {
        _trimmedThrough = Math.Max(_trimmedThrough, through);
        if (_awake is { } awake)
        {
            awake.Ledger.Trim(_trimmedThrough);
        }
        else if (_loading is null)
        {
            // Asleep: it reads where its log begins when it wakes.
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    private long VisibleAfter(Guid userId) => Math.Max(JoinedSequence(userId), _awake!.Ledger.TrimmedThrough);

    private long JoinedSequence(Guid userId) => _awake!.Ledger.IsMember(userId, out var member) ? member.JoinedSequence : long.MaxValue;

    /// <summary>The page that ends at the head shows what waits behind it.</summary>
    private HistoryPage WithHeld(HistoryPage page, long? before) =>
        (before ?? long.MaxValue) > page.Head && HeldEvents().ToArray() is { Length: > 0 } waiting ? page with { Held = waiting } : page;

    private async Task<HistoryPage> ReadAround(long from, long around, int limit)
    {
        var below = await ReadPage(from, around, limit / 2, newest: true);
        var above = await ReadPage(Math.Max(from, around - 1), long.MaxValue, limit - below.Events.Length, newest: false);
        return new HistoryPage([.. below.Events, .. above.Events], above.Head, above.More);
    }

    /// <summary>Entries with after &lt; sequence &lt; before. The head that the page names is the one it was read under.</summary>
    private async Task<HistoryPage> ReadPage(long after, long before, int limit, bool newest)
    {
        var ledger = _awake!.Ledger;
        var head = ledger.Head;
        after = Math.Max(after, ledger.TrimmedThrough);
        before = Math.Min(before, head + 1);
        if (limit == 0 || before <= after + 1)
        {
            return new HistoryPage([], head, More: false);
        }

        var lowest = newest ? Math.Max(after + 1, before - limit) : after + 1;
        var highest = newest ? before - 1 : Math.Min(before - 1, after + limit);
        if (lowest >= ledger.HotFrom)
        {
            return new HistoryPage(ledger.Hot(lowest, highest), head, More: newest ? lowest > after + 1 : highest < before - 1);
        }

        var events = Array.ConvertAll(await log.Read(Id, lowest - 1, highest + 1, limit, newest: false), e => e.Event);
        if (events.Length == 0 || events[0].Sequence > lowest)
        {
            // A log has no holes: what is missing was the beginning, and retention took it.
            ledger.Trim(events.Length == 0 ? highest : events[0].Sequence!.Value - 1);
            return await ReadPage(after, before, limit, newest);
        }

        return new HistoryPage(events, head, More: newest ? lowest > after + 1 : highest < before - 1);
    }
}
