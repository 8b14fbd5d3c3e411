using Chat.Conversations;
using Chat.Delivery;
using Chat.Presence;
using Chat.Grains.Delivery;
using Chat.Grains.Diagnostics;
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
    IOptions<ConversationOptions> options,
    ChatInstruments instruments,
    TimeProvider time,
    ILogger<ConversationGrain> logger) : Grain, IConversationGrain
{
    private readonly ConversationOptions _options = options.Value;
    private readonly RouteTable _routes = new();
    private readonly TypingMembers _typing = new(TimeSpan.FromSeconds(options.Value.TypingSeconds));
    private Awake? _awake;
    private Task<Refusal?>? _loading;
    private IGrainTimer? _typingTimer;

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

        await awake.Pump.End(cancellationToken);
        await awake.Cursors.Running.WaitAsync(cancellationToken);
    }

    public async Task<Answer<Conversation>> Get(Guid userId) =>
        await Enter(userId) is { } refusal ? refusal : _awake!.Ledger.Snapshot();

    public async Task<Answer<Receipt>[]> Send(Guid senderId, SendMessage[] messages)
    {
        var sends = new PendingSends(senderId, messages);
        if ((await Enter(senderId) ?? _awake!.Pump.Closed) is { } refusal)
        {
            return sends.RefuseAll(refusal);
        }

        if (messages.Any(m => m.Retry) && await AnswerStored(sends) is { } outage)
        {
            return sends.RefuseAll(outage);
        }

        for (var i = 0; i < messages.Length; i++)
        {
            if (sends.IsAnswered(i))
            {
                continue;
            }

            if (MessageRules.Check(messages[i], _options) is { } fault)
            {
                sends.Answer(i, fault);
            }
            else
            {
                _awake!.Pump.Add(new PendingMessage(sends, i, MessageRules.Hash(messages[i])));
            }
        }

        StopTyping(senderId);
        _awake!.Pump.Start();
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
            await _awake.Cursors.Settled(userId, cursor, moved);
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }

        if (moved)
        {
            Publish(new ReadMoved(Id, userId, cursor));
        }

        return new ReadCursor(Id, cursor);
    }

    public async Task<Answer<Done>> SetTyping(Guid userId, bool isTyping)
    {
        if (await Enter(userId) is { } refusal)
        {
            return refusal;
        }

        if (_typing.Set(userId, isTyping, time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, isTyping));
        }

        var second = TimeSpan.FromSeconds(1);
        _typingTimer ??= this.RegisterGrainTimer(ExpireTyping, new GrainTimerCreationOptions(second, second));
        return Done.Instance;
    }

    public Task OnRoutesChanged(Guid userId, string[] frontendIds)
    {
        if (_awake is not { } awake || !awake.Ledger.IsMember(userId, out _))
        {
            _ = Presence(userId).UnwatchRoutes(Id);
            return Task.CompletedTask;
        }

        if (_routes.Set(userId, frontendIds))
        {
            // Whoever comes may lack the newest entry: the head lets it find out.
            PublishTo([userId], new ConversationChanged(Id, "head", awake.Ledger.Head));
        }

        return Task.CompletedTask;
    }

    /// <summary>Null when the conversation is awake and the user is a member of it.</summary>
    private async ValueTask<Refusal?> Enter(Guid userId)
    {
        if (_awake is null && await Wake() is { } refusal)
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

    private async Task<Refusal?> Wake()
    {
        var loading = _loading ??= Load();
        var refusal = await loading;
        if (refusal is not null && ReferenceEquals(_loading, loading))
        {
            _loading = null;
        }

        return refusal;
    }

    private async Task<Refusal?> Load()
    {
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

        var ledger = new ConversationLedger(stored, _options);
        _awake = new Awake(
            ledger,
            new CommitPump(ledger, writer, log, _options, time, OnCommitted, OnFenced),
            new ReadCursors(Id, log, TimeSpan.FromMilliseconds(_options.ReadCursorIntervalMs), time));
        FollowMembers();
        // Whatever was committed before and never published shows by its head.
        Publish(new ConversationChanged(Id, "head", ledger.Head));
        return null;
    }

    /// <summary>Answers the sends that are in the log already; the refusal of all when the log does not answer.</summary>
    private async Task<Refusal?> AnswerStored(PendingSends sends)
    {
        var keys = sends.Messages.Where(m => m.Retry && _awake!.Ledger.FindKey(sends.SenderId, m.ClientMessageId) is null)
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
                if (stored.TryGetValue(sends.Messages[i].ClientMessageId, out var entry))
                {
                    sends.Answer(i, IdempotencyWindow.Repeat(entry, MessageRules.Hash(sends.Messages[i])));
                }
            }

            return null;
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    private void OnCommitted(IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            PublishEntry(entry.Event);
        }
    }

    private void PublishEntry(ConversationEvent e)
    {
        if (e.Kind == EntryKind.MembersAdded)
        {
            FollowMembers();
            PublishTo(e.UserIds!, new ConversationChanged(Id, "created", e.Sequence!.Value));
        }

        Publish(e);
        if (e.Kind == EntryKind.MemberLeft)
        {
            // Who leaves is told of it, and of nothing after it.
            FollowMembers();
        }
    }

    private void OnFenced()
    {
        LogFenced(logger, Id.GetHashCode());
        instruments.OnFenced();
        DeactivateOnIdle();
    }

    private void Publish(ServerEvent e)
    {
        foreach (var (frontendId, members) in _routes.ByFrontend)
        {
            outbox.Post(frontendId, e, members);
        }

        PublishEverywhere(e, _routes.Everywhere);
    }

    private void PublishEverywhere(ServerEvent e, Guid[] recipients)
    {
        if (recipients.Length == 0)
        {
            return;
        }

        foreach (var frontendId in outbox.LiveFrontends)
        {
            outbox.Post(frontendId, e, recipients);
        }
    }

    private void PublishTo(Guid[] recipients, ServerEvent e) => PublishEverywhere(e, recipients);

    /// <summary>Members decide whom events go to; routes only where.</summary>
    private void FollowMembers()
    {
        var members = _awake!.Ledger.MemberIds.ToArray();
        var known = _routes.SetMembers(members);
        if (members.Length <= _options.MaxRoutedMembers)
        {
            foreach (var member in members.Where(m => !known.Contains(m)))
            {
                _ = FollowMember(member);
            }
        }
    }

    private async Task FollowMember(Guid userId)
    {
        try
        {
            var frontends = await Presence(userId).WatchRoutes(Id);
            if (_awake!.Ledger.IsMember(userId, out _))
            {
                _routes.Set(userId, frontends);
            }
        }
        catch (Exception unreachable)
        {
            // Its silo may just be gone. Until the routes are known the member is reached through every frontend.
            LogRoutesUnknown(logger, unreachable.GetType().Name);
        }
    }

    private void StopTyping(Guid userId)
    {
        if (_typing.Any && _typing.Set(userId, isTyping: false, time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, IsTyping: false));
        }
    }

    private Task ExpireTyping()
    {
        foreach (var userId in _typing.Expire(time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, IsTyping: false));
        }

        if (!_typing.Any)
        {
            _typingTimer?.Dispose();
            _typingTimer = null;
        }

        return Task.CompletedTask;
    }

    private IUserPresenceGrain Presence(Guid userId) => GrainFactory.GetGrain<IUserPresenceGrain>(userId);

    private Refusal Outage() => Refusal.Unavailable("The conversation cannot be read right now.", _options.RetryAfterMs);

    private sealed record Awake(ConversationLedger Ledger, CommitPump Pump, ReadCursors Cursors);

    [LoggerMessage(LogLevel.Warning, "A conversation could not be loaded: {Reason}")]
    private static partial void LogNotLoaded(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Another owner writes the conversation with hash {ConversationHash}: this activation ends.")]
    private static partial void LogFenced(ILogger logger, int conversationHash);

    [LoggerMessage(LogLevel.Information, "The routes of a member are not known ({Reason}).")]
    private static partial void LogRoutesUnknown(ILogger logger, string reason);
}
