using Chat.DeadLetters;

namespace Chat.Grains.DeadLetters;

/// <summary>Until the process ends.</summary>
internal sealed class MemoryDeadLetterStore : IDeadLetterStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (DeadLetter Letter, StoredDeadLetter Stored)> _letters = [];

    public IReadOnlyCollection<DeadLetter> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _letters.Values.Select(l => l.Letter)];
            }
        }
    }

    public Task<bool> Add(DeadLetter letter)
    {
        lock (_gate)
        {
            if (_letters.ContainsKey(letter.Id) || _letters.Values.Any(l => IsSameKey(l.Letter, letter)))
            {
                return Task.FromResult(false);
            }

            var item = new DeadLetterItem(
                letter.Id, letter.ConversationId, letter.MessageId, DeadLetterMask.Of(letter.SenderId), DeadLetterState.Dead, letter.Reason, letter.Detail, letter.Attempts, 0,
                letter.Payload.Length, letter.At, letter.RedriveAt);
            _letters.Add(letter.Id, (letter, new StoredDeadLetter(item, letter.SenderId, letter.Payload)));
            return Task.FromResult(true);
        }
    }

    public Task<DeadLetterItem[]> Page(DeadLetterState state, Guid? conversationId, DeadLetterCursor? below, int limit) => Task.FromResult(
        Items().Where(i => i.State == state && (conversationId is null || i.ConversationId == conversationId) && (below is null || IsBelow(i, below)))
            .OrderByDescending(i => i.At).ThenByDescending(i => i.Id).Take(limit).ToArray());

    public Task<StoredDeadLetter?> Find(Guid id)
    {
        lock (_gate)
        {
            return Task.FromResult(_letters.TryGetValue(id, out var found) ? found.Stored : null);
        }
    }

    public Task<StoredDeadLetter?> Read(Guid id, Guid readBy, DateTimeOffset now) => Find(id);

    public Task<Guid[]> Due(DateTimeOffset now, int limit) => Task.FromResult(
        Items().Where(i => i.State is DeadLetterState.Dead && i.RedriveAt <= now).OrderBy(i => i.RedriveAt).Take(limit).Select(i => i.Id).ToArray());

    public Task<bool> Redriven(Guid id, long sequence, Guid? by, DateTimeOffset now) => Change(
        id,
        i => i.Sequence is null,
        s => s with
        {
            Item = s.Item with { State = DeadLetterState.Redriven, Sequence = sequence, TriedAt = now, TriedBy = by, Redrives = s.Item.Redrives + 1, RedriveAt = null, Size = 0 },
            Payload = [],
        });

    public Task RedriveFailed(Guid id, string reason, Guid? by, DateTimeOffset now, DateTimeOffset? next) => Change(
        id,
        i => i.Sequence is null,
        s => s with
        {
            Item = s.Item with { Reason = reason, Attempts = s.Item.Attempts + 1, Redrives = s.Item.Redrives + 1, TriedAt = now, TriedBy = by, RedriveAt = next },
        });

    public Task<bool> Discard(Guid id, string reason, Guid by, DateTimeOffset now) => Change(
        id,
        i => i.State is DeadLetterState.Dead,
        s => s with { Item = s.Item with { State = DeadLetterState.Discarded, DiscardedAt = now, DiscardedBy = by, DiscardReason = reason } });

    public Task<long> Depth() => Task.FromResult(Items().LongCount(i => i.State is DeadLetterState.Dead));

    private static bool IsSameKey(DeadLetter one, DeadLetter other) =>
        one.ConversationId == other.ConversationId && one.SenderId == other.SenderId && one.ClientMessageId == other.ClientMessageId;

    private static bool IsBelow(DeadLetterItem item, DeadLetterCursor cursor) => (item.At, item.Id).CompareTo((cursor.At, cursor.Id)) < 0;

    private DeadLetterItem[] Items()
    {
        lock (_gate)
        {
            return [.. _letters.Values.Select(l => l.Stored.Item)];
        }
    }

    private Task<bool> Change(Guid id, Func<DeadLetterItem, bool> may, Func<StoredDeadLetter, StoredDeadLetter> change)
    {
        lock (_gate)
        {
            if (!_letters.TryGetValue(id, out var found) || !may(found.Stored.Item))
            {
                return Task.FromResult(false);
            }

            _letters[id] = (found.Letter, change(found.Stored));
            return Task.FromResult(true);
        }
    }
}
