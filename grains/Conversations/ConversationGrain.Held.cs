using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.Held;
using Chat.Grains.Storage;
using Chat.Held;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Conversations;

/// <summary>While the log is out of reach: messages are held without a sequence, and go into the order before anything newer does.</summary>
internal sealed partial class ConversationGrain
{
    private static readonly TimeSpan RescuePatience = TimeSpan.FromSeconds(2);

    private readonly HeldQueue _held = new(held.Options.Value.MaxHeld);
    private IGrainTimer? _heldTimer;

    // Made with the first use: its calls need the grain's factory, which is not there before the grain is.
    private HeldPump HeldPump => field ??= new HeldPump(Id, _held, GrainFactory, held, OnHeld, OnRejected);

    private bool IsOutage => held.Fallback.IsConfigured && (held.Health.IsDown || _awake!.Pump.IsUnresolved);

    public async Task<Answer<RescueReport>> Rescue()
    {
        if (_awake is null && await Wake(Head) is { } refusal)
        {
            if (refusal.Code != RefusalCode.NotFound)
            {
                return refusal;
            }

            DeactivateOnIdle();
            return await BuryAll(refusal);
        }

        while (!IsOutage && !_awake!.Pump.IsEnded)
        {
            if (_held.Count == 0 && HeldPump.Leaving == 0)
            {
                if (await HeldPump.List() is not { } listed)
                {
                    return Outage();
                }

                if (listed.Length == 0 && _held.Count == 0 && HeldPump.Leaving == 0)
                {
                    HeldPump.OnNothingHeld();
                    return new RescueReport(0);
                }

                Restore(listed);
            }

            HandOver();
            if (!await IsDrained())
            {
                break;
            }
        }

        // Fenced, this activation only wants to end; the next one finds what is held.
        return _awake!.Pump.IsEnded ? Outage() : new RescueReport(Math.Max(1, _held.Count + HeldPump.Leaving));
    }

    private Task<HeldMessage[]> FindHeld() => held.Fallback.IsConfigured ? HeldPump.Find() : Task.FromResult(Array.Empty<HeldMessage>());

    /// <summary>Why no message can be taken now; an outage is no reason where it can be held.</summary>
    private Refusal? Closed() => IsOutage && !_awake!.Pump.IsEnded ? null : _awake!.Pump.Closed;

    /// <summary>Nothing newer goes before what is held.</summary>
    private void PassHeld()
    {
        if (_held.HasWaiting && !IsOutage && !_awake!.Pump.IsEnded)
        {
            HandOver();
        }
    }

    /// <summary>In one turn, so that what was held first is first in the pump as well.</summary>
    private void HandOver()
    {
        foreach (var message in _held.Waiting())
        {
            _awake!.Pump.Add(message);
        }

        _awake!.Pump.Start();
        HeldPump.Start();
    }

    private async Task<bool> IsDrained()
    {
        try
        {
            await _awake!.Pump.Running.WaitAsync(RescuePatience, time);
            await HeldPump.Running.WaitAsync(RescuePatience, time);
            return _held.Count == 0 && HeldPump.Leaving == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Restore(IEnumerable<HeldMessage> messages)
    {
        foreach (var message in messages.Where(m => _held.Find(m.SenderId, m.Message.ClientMessageId) is null))
        {
            Track(PendingMessage.Rescued(Id, message));
        }

        MeasureHeld();
    }

    /// <summary>A message comes in: its place is in the pump, or with what is held.</summary>
    private void Admit(PendingMessage message)
    {
        if (_awake!.Ledger.FindKey(message.SenderId, message.Key) is { } stored)
        {
            message.OnRepeated(stored);
        }
        else if (_held.Find(message.SenderId, message.Key) is { } first)
        {
            first.Join(message);
        }
        else if (!IsOutage)
        {
            _awake.Pump.Add(message);
        }
        else if (_awake.Pump.FindInFlight(message.SenderId, message.Key) is { } frozen)
        {
            // It may be in the log already: whoever asks for it again gets it held under the same id.
            frozen.Join(message);
            Hold(frozen);
        }
        else if (message.Decide(_awake.Ledger, _awake.Ledger.Head + 1, Now()) is { Ok: false } decided)
        {
            message.OnRefused(decided.Refusal!);
        }
        else
        {
            Hold(message);
        }
    }

    private void OnOutage(IReadOnlyList<PendingMessage> messages, Refusal unavailable)
    {
        foreach (var message in messages)
        {
            if (!held.Fallback.IsConfigured)
            {
                message.OnOutage(unavailable);
            }
            else if (_held.Find(message.SenderId, message.Key) is not { } first)
            {
                Hold(message);
            }
            else if (!ReferenceEquals(first, message))
            {
                first.Join(message);
            }
        }

        HeldPump.Start();
    }

    private void Hold(PendingMessage message)
    {
        if (_held.IsFull)
        {
            message.OnOutage(Refusal.Overloaded("Too many messages of this conversation are held.", _options.RetryAfterMs));
            return;
        }

        message.Identify(Now());
        Track(message);
        HeldPump.Hold(message);
    }

    private void Track(PendingMessage message)
    {
        message.OnSettled = OnSettled;
        _held.Add(message);
    }

    private void OnHeld(IReadOnlyList<PendingMessage> messages)
    {
        instruments.OnHeld(messages.Count);
        foreach (var message in messages)
        {
            Publish(message.ToHeldEvent(Id));
        }

        MeasureHeld();
    }

    /// <summary>What was held has its outcome: the same message is in the log, another one with its key is, or there will be none.</summary>
    private void OnSettled(PendingMessage message, Answer<LogEntry> outcome)
    {
        if (!_held.Remove(message))
        {
            return;
        }

        var identity = message.Identify(Now());
        if (!message.IsHeld)
        {
            // Its sender hears the outcome itself; what is being written is taken out again.
            HeldPump.Remove(identity);
        }
        else if (outcome is { Ok: true, Value.Event.MessageId: var stored } && stored == identity.MessageId)
        {
            HeldPump.Remove(identity);
            instruments.OnRescued();
        }
        else if (!outcome.Ok)
        {
            HeldPump.Bury(identity, outcome.Refusal);
        }
        else if (IdempotencyWindow.Repeat(outcome.Value, MessageRules.Hash(identity.Message)).Refusal is { } mismatch)
        {
            HeldPump.Bury(identity, mismatch);
        }
        else
        {
            HeldPump.Remove(identity);
            OnRejected(new MessageRejected(Id, identity.MessageId, identity.SenderId, identity.Message.ClientMessageId, RefusalCode.Conflict, "already_stored"));
        }

        MeasureHeld();
        HeldPump.Start();
    }

    private void OnRejected(MessageRejected rejected)
    {
        if (_awake is null)
        {
            return;
        }

        Publish(rejected);
        if (!_awake.Ledger.IsMember(rejected.SenderId, out _))
        {
            // Who has left still learns what became of his own message.
            PublishEverywhere([rejected.SenderId], rejected);
        }
    }

    /// <summary>There is no such conversation in this log: a restored backup, perhaps. What is held of it is set aside, not thrown away.</summary>
    private async Task<Answer<RescueReport>> BuryAll(Refusal why)
    {
        if (await HeldPump.List() is not { } listed)
        {
            return Outage();
        }

        Array.ForEach(listed, m => HeldPump.Bury(m, why));
        HeldPump.Start();
        await HeldPump.Running;
        return new RescueReport(HeldPump.Leaving);
    }

    private void TellHeld(Guid userId, string[] frontendIds)
    {
        Guid[] recipients = [userId];
        foreach (var e in HeldEvents())
        {
            Array.ForEach(frontendIds, f => outbox.Post(f, e, recipients));
        }
    }

    private IEnumerable<ConversationEvent> HeldEvents() => _held.Held.Select(m => m.ToHeldEvent(Id));

    /// <summary>While something is held the conversation stays awake and looks by itself whether the log is back.</summary>
    private void MeasureHeld()
    {
        held.Depth.Set(Id, _held.Count, _held.Held.FirstOrDefault()?.Identify(default).SentAt);
        if (_held.Count == 0)
        {
            _heldTimer?.Dispose();
            _heldTimer = null;
        }
        else
        {
            var second = TimeSpan.FromSeconds(1);
            _heldTimer ??= this.RegisterGrainTimer(
                () =>
                {
                    PassHeld();
                    return Task.CompletedTask;
                },
                new GrainTimerCreationOptions(second, second) { KeepAlive = true });
        }
    }

    private DateTimeOffset Now() => CommitPump.Milliseconds(time.GetUtcNow());
}
