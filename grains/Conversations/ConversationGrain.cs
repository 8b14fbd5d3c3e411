using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.DeadLetters;
using Chat.Grains.Delivery;
using Chat.Grains.Diagnostics;
using Chat.Grains.Held;
using Chat.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Grains.Conversations;

/// <summary>One conversation awake: its ledger, the pump that commits to the log, and who is told where. Reentrant, so that senders wait together for one commit; every
/// decision is one synchronous block in <see cref="ConversationLedger"/>. It loads with the first call that needs it: a log that does not answer is an answer, not an
/// activation that fails.</summary>
[Reentrant, GrainType("conversation"), CollectionAgeLimit(Minutes = 10)]
internal sealed partial class ConversationGrain(
    IMessageLog log,
    MessageWriter writer,
    DeliveryOutbox outbox,
    DeadLetterIntake deadLetters,
    IOptions<ConversationOptions> options,
    ChatInstruments instruments,
    HeldServices held,
    TimeProvider time,
    ILogger<ConversationGrain> logger) : Grain, IConversationGrain
{
    private readonly ConversationOptions _options = options.Value;
    private Awake? _awake;
    private Task<Refusal?>? _loading;

    private Guid Id => this.GetPrimaryKey();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_awake is not { } awake)
        {
            return;
        }

        foreach (var member in awake.Ledger.MemberIds)
        {
            _ = Presence(member).UnwatchRoutes(Id);
        }

        try
        {
            await awake.Pump.End(cancellationToken);
            await HeldPump.Running.WaitAsync(cancellationToken);
        }
        finally
        {
            held.Depth.Set(Id, 0, oldest: null);
        }

        await awake.Cursors.Running.WaitAsync(cancellationToken);
    }

    public async Task<Answer<Conversation>> Get(Guid userId) =>
        await Enter(userId) is { } refusal ? refusal : _awake!.Ledger.Snapshot();

    public async Task<Answer<Receipt>[]> Send(Guid senderId, SendMessage[] messages)
    {
        var sends = new PendingSends(senderId, messages);
        if ((await Enter(senderId) ?? Closed()) is { } refusal)
        {
            return sends.RefuseAll(refusal);
        }

        for (var i = 0; i < messages.Length; i++)
        {
            if (MessageRules.Check(messages[i], _options) is { } fault)
            {
                sends.Answer(i, fault);
            }
        }

        if (messages.Any(m => m.Retry) && !IsOutage && await AnswerStored(sends) is { } outage)
        {
            return sends.RefuseAll(outage);
        }

        PassHeld();
        for (var i = 0; i < messages.Length; i++)
        {
            if (!sends.IsAnswered(i))
            {
                Admit(new PendingMessage(sends, i, MessageRules.Hash(messages[i])));
            }
        }

        StopTyping(senderId);
        _awake!.Pump.Start();
        HeldPump.Start();
        return await sends.Done;
    }

    public async Task<Answer<ReadCursor>> MarkRead(Guid userId, long sequence)
    {
        if (sequence < 0)
        {
            return Refusal.Invalid("sequence takes 0 or more.", "invalid_sequence");
        }

        if (await Enter(userId) is { } refusal)
        {
            return refusal;
        }

        var moved = _awake!.Ledger.MoveCursor(userId, sequence, out var cursor);
        try
        {
            if (await _awake.Cursors.Settled(userId, cursor, moved))
            {
                Publish(new ReadMoved(Id, userId, cursor));
            }
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }

        return new ReadCursor(Id, cursor);
    }

    /// <summary>Null when the conversation is awake and the user is a member of it.</summary>
    /// <param name="change">What members hear if this call wakes the conversation.</param>
    private async ValueTask<Refusal?> Enter(Guid userId, string change = Head)
    {
        if (_awake is null && await Wake(change) is { } refusal)
        {
            if (refusal.Code == RefusalCode.NotFound)
            {
                // An id that does not exist must not keep an activation.
                DeactivateOnIdle();
            }

            return refusal;
        }

        return _awake!.Ledger.IsMember(userId, out _) ? null : Refusal.NotFound("conversation");
    }

    private async Task<Refusal?> Wake(string change)
    {
        var loading = _loading ??= Load(change);
        var refusal = await loading;
        if (refusal is not null && ReferenceEquals(_loading, loading))
        {
            _loading = null;
        }

        return refusal;
    }

    private async Task<Refusal?> Load(string change)
    {
        // Asked beside the log, so that it costs no time.
        var found = FindHeld();
        StoredConversation? stored;
        try
        {
            stored = await log.Load(Id, _options.HotWindow);
        }
        catch (LogUnavailableException outage)
        {
            LogNotLoaded(logger, outage.Message);
            return Outage();
        }

        if (stored is null)
        {
            return Refusal.NotFound("conversation");
        }

        var rescued = await found;
        var ledger = new ConversationLedger(stored, _options);
        ledger.Trim(_trimmedThrough);
        _awake = new Awake(
            ledger,
            new CommitPump(ledger, writer, log, _options, time, OnCommitted, OnPoisoned, OnOutage, OnFenced),
            new ReadCursors(Id, log, TimeSpan.FromMilliseconds(_options.ReadCursorIntervalMs), time));
        // Whatever was committed before and never published shows by its head.
        FollowMembers(change);
        if (IsRoutedEverywhere)
        {
            Publish(Changed(change));
        }

        Restore(rescued);
        PassHeld();
        return null;
    }

    /// <summary>Answers the sends that are in the log already; the refusal of all when the log does not answer.</summary>
    private async Task<Refusal?> AnswerStored(PendingSends sends)
    {
        var keys = sends.Messages
            .Where((m, i) => m.Retry && !sends.IsAnswered(i) && _awake!.Ledger.FindKey(sends.SenderId, m.ClientMessageId) is null && _held.Find(sends.SenderId, m.ClientMessageId) is null)
            .Select(m => m.ClientMessageId).Distinct(StringComparer.Ordinal).ToArray();
        if (keys.Length == 0)
        {
            return null;
        }

        try
        {
            var stored = (await log.FindByKeys(Id, sends.SenderId, keys)).ToDictionary(s => s.Event.ClientMessageId!, StringComparer.Ordinal);
            for (var i = 0; i < sends.Messages.Length; i++)
            {
                if (!sends.IsAnswered(i) && stored.TryGetValue(sends.Messages[i].ClientMessageId, out var entry))
                {
                    sends.Answer(i, IdempotencyWindow.Repeat(entry, MessageRules.Hash(sends.Messages[i])));
                }
            }

            return null;
        }
        catch (LogUnavailableException)
        {
            // Where it can be held it is: should it be in the log, its rescue finds that out.
            return held.Fallback.IsConfigured ? null : Outage();
        }
    }

    private void OnFenced()
    {
        LogFenced(logger, Id.GetHashCode());
        instruments.OnFenced();
        _heldTimer?.Dispose();
        DeactivateOnIdle();
    }

    private Refusal Outage() => Refusal.Unavailable("The conversation cannot be read right now.", _options.RetryAfterMs);

    private sealed record Awake(ConversationLedger Ledger, CommitPump Pump, ReadCursors Cursors);

    [LoggerMessage(LogLevel.Warning, "A conversation could not be loaded: {Reason}")]
    private static partial void LogNotLoaded(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Another owner writes the conversation with hash {ConversationHash}: this activation ends.")]
    private static partial void LogFenced(ILogger logger, int conversationHash);
}
