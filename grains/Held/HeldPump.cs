using Chat.Delivery;
using Chat.Grains.Conversations;
using Chat.Grains.DeadLetters;
using Chat.Held;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Chat.Grains.Held;

/// <summary>Takes a conversation's messages into the fallback and out of it, one call at a time: what comes meanwhile goes with the next call. The conversation is noted
/// in its rescue list before its first message is durable, so that a crash leaves nothing that nobody looks for. A message that will never have a place in the order
/// becomes a dead letter before it leaves the fallback.
/// <para>It runs in the turns of the conversation and needs no lock.</para></summary>
internal sealed partial class HeldPump(
    Guid conversationId, HeldQueue queue, IGrainFactory grains, HeldServices services, Action<IReadOnlyList<PendingMessage>> onHeld, Action<MessageRejected> onRejected)
{
    private static readonly Refusal NotNow = Refusal.Unavailable("Messages can neither be stored nor held right now.", retryAfterMs: 1_000);

    private readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(services.Options.Value.DeadlineMs);
    private readonly List<PendingMessage> _toHold = [];
    private readonly List<(HeldMessage Message, Refusal Why)> _toBury = [];
    private readonly HashSet<Guid> _toRemove = [];
    private bool _isNoted;

    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Messages that have to leave the fallback still.</summary>
    public int Leaving => _toBury.Count + _toRemove.Count;

    private IHeldGrain Held => grains.GetGrain<IHeldGrain>(conversationId);

    private IRescueGrain Shard => grains.GetGrain<IRescueGrain>(RescueShards.Of(conversationId));

    public void Hold(PendingMessage message) => _toHold.Add(message);

    /// <summary>It has its place in the log.</summary>
    public void Remove(HeldMessage message) => _toRemove.Add(message.MessageId);

    /// <summary>It will never have one.</summary>
    public void Bury(HeldMessage message, Refusal why) => _toBury.Add((message, why));

    public void Start()
    {
        if (Running.IsCompleted)
        {
            Running = Run();
        }
    }

    /// <summary>What a conversation that wakes finds of its own; nothing when the fallback does not answer, whose absence hurts nobody.</summary>
    public async Task<HeldMessage[]> Find()
    {
        try
        {
            return await FindNoted().WaitAsync(_deadline, services.Time);
        }
        catch (Exception gone)
        {
            LogNotFound(services.Logger, gone.GetType().Name);
            return [];
        }
    }

    /// <summary>The rescue list may drop the conversation now: the next outage notes it anew.</summary>
    public void OnNothingHeld() => _isNoted = false;

    /// <summary>All that the fallback has of the conversation; null when it does not answer.</summary>
    public async Task<HeldMessage[]?> List()
    {
        try
        {
            return await Held.List().WaitAsync(_deadline, services.Time);
        }
        catch (Exception gone)
        {
            LogNotFound(services.Logger, gone.GetType().Name);
            return null;
        }
    }

    private async Task<HeldMessage[]> FindNoted()
    {
        if (!await Shard.Holds(conversationId))
        {
            return [];
        }

        // A list may name a conversation that it is about to drop.
        var listed = await Held.List();
        _isNoted = listed.Length > 0;
        return listed;
    }

    private async Task Run()
    {
        // What is settled in the turn that started this goes together.
        await Task.Yield();
        var goesOn = true;
        while (goesOn && (_toHold.Count > 0 || Leaving > 0))
        {
            goesOn = _toHold.Count > 0 ? await HoldAll()
                : _toRemove.Count > 0 ? await RemoveAll()
                : await BuryNext();
        }
    }

    private async Task<bool> HoldAll()
    {
        var batch = _toHold.Where(queue.Contains).ToArray();
        _toHold.Clear();
        var refusal = batch.Length == 0 ? null : await TryStore(batch);
        var held = new List<PendingMessage>(batch.Length);
        foreach (var message in batch.Where(queue.Contains))
        {
            if (refusal is null)
            {
                message.OnHeld(conversationId);
                held.Add(message);
            }
            else
            {
                queue.Remove(message);
                message.OnOutage(refusal);
            }
        }

        if (refusal is not null)
        {
            services.Instruments.OnHoldRefused(batch.Length);
        }

        onHeld(held);
        return true;
    }

    private async Task<Refusal?> TryStore(PendingMessage[] batch)
    {
        try
        {
            return await Store(Array.ConvertAll(batch, m => m.Identify(default))).WaitAsync(_deadline, services.Time);
        }
        catch (Exception gone)
        {
            // It may be there all the same. Who is told `unavailable` asks again with the same key.
            LogNotHeld(services.Logger, batch.Length, gone.GetType().Name);
            return NotNow;
        }
    }

    private async Task<Refusal?> Store(HeldMessage[] messages)
    {
        if (!_isNoted)
        {
            if (await Shard.Note(conversationId) is { Ok: false } failed)
            {
                return failed.Refusal;
            }

            _isNoted = true;
        }

        return (await Held.Add(messages)).Refusal;
    }

    /// <summary>False when it has to wait: the next rescue goes on.</summary>
    private async Task<bool> BuryNext()
    {
        var (message, why) = _toBury[0];
        var reason = DeadLetter.ReasonOf(why);
        var letter = new DeadLetter(
            message.MessageId, conversationId, message.SenderId, message.Message.ClientMessageId, message.MessageId, DeadLetter.PayloadOf(message.Message), reason, 1,
            CommitPump.Milliseconds(services.Time.GetUtcNow()));
        if (await services.DeadLetters.TryAdd(letter, isRescued: true) is not null)
        {
            LogNotBuried(services.Logger, message.MessageId);
            return false;
        }

        services.Instruments.OnRescueRefused();
        LogBuried(services.Logger, message.MessageId, reason);
        _toBury.RemoveAt(0);
        _toRemove.Add(message.MessageId);
        onRejected(new MessageRejected(conversationId, message.MessageId, message.SenderId, message.Message.ClientMessageId, why.Code, why.Reason));
        return true;
    }

    private async Task<bool> RemoveAll()
    {
        Guid[] ids = [.. _toRemove];
        try
        {
            await Held.Remove(ids).WaitAsync(_deadline, services.Time);
        }
        catch (Exception gone)
        {
            // They are in the log: whoever rescues them again finds that out by their keys.
            LogNotRemoved(services.Logger, ids.Length, gone.GetType().Name);
            return false;
        }

        _toRemove.ExceptWith(ids);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "What is held of a conversation cannot be read ({Error}); it goes on without.")]
    private static partial void LogNotFound(ILogger logger, string error);

    [LoggerMessage(LogLevel.Warning, "{Messages} messages could not be held ({Error}); their senders are told to retry.")]
    private static partial void LogNotHeld(ILogger logger, int messages, string error);

    [LoggerMessage(LogLevel.Error, "The held message {MessageId} will never be stored ({Reason}): it is a dead letter.")]
    private static partial void LogBuried(ILogger logger, Guid messageId, string reason);

    [LoggerMessage(LogLevel.Warning, "The held message {MessageId} could not be set aside as a dead letter; it stays held.")]
    private static partial void LogNotBuried(ILogger logger, Guid messageId);

    [LoggerMessage(LogLevel.Warning, "{Messages} messages that are stored could not be removed from the fallback ({Error}).")]
    private static partial void LogNotRemoved(ILogger logger, int messages, string error);
}
