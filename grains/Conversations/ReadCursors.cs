using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Writes read cursors behind those who wait for it: all that moved in one write, each member's at most once per interval. Runs in the turns of its grain.</summary>
internal sealed class ReadCursors(Guid conversationId, IMessageLog log, TimeSpan interval, TimeProvider time)
{
    private readonly Dictionary<Guid, Pending> _pending = [];
    private readonly Dictionary<Guid, long> _lastWrite = [];

    // Handed to the store and not confirmed: asked for again, they are written again.
    private readonly HashSet<Guid> _unsure = [];

    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the cursor is stored, or a higher one; fails with the store.</summary>
    /// <param name="moved">It has just moved here. If not, it is enough that no write of it is under way.</param>
    /// <returns>False when there was nothing to write.</returns>
    public async Task<bool> Settled(Guid userId, long sequence, bool moved)
    {
        if (!moved && !_pending.ContainsKey(userId) && !_unsure.Contains(userId))
        {
            return false;
        }

        if (!_pending.TryGetValue(userId, out var pending))
        {
            _pending[userId] = pending = new Pending();
        }

        pending.Sequence = Math.Max(pending.Sequence, sequence);
        if (Running.IsCompleted)
        {
            Running = Run();
        }

        await pending.Done.Task;
        return true;
    }

    private async Task Run()
    {
        while (_pending.Count > 0)
        {
            var wait = _pending.Keys.Min(UntilDue);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time);
            }

            await WriteDue();
        }
    }

    private async Task WriteDue()
    {
        var due = _pending.Where(p => UntilDue(p.Key) <= TimeSpan.Zero).ToArray();
        foreach (var (userId, _) in due)
        {
            _pending.Remove(userId);
            _lastWrite[userId] = time.GetTimestamp();
            _unsure.Add(userId);
        }

        try
        {
            await log.MoveReadCursors(conversationId, Array.ConvertAll(due, d => (d.Key, d.Value.Sequence)));
            Array.ForEach(due, d => _unsure.Remove(d.Key));
            Array.ForEach(due, d => d.Value.Done.TrySetResult());
        }
        catch (Exception failed)
        {
            // An outage or a bug: it is for those who wait to hear, and the loop goes on for the others.
            Array.ForEach(due, d => d.Value.Done.TrySetException(failed));
        }
    }

    private TimeSpan UntilDue(Guid userId) =>
        _lastWrite.TryGetValue(userId, out var last) ? interval - time.GetElapsedTime(last) : TimeSpan.Zero;

    private sealed class Pending
    {
        public long Sequence { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
