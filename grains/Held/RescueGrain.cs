using Chat.Conversations;
using Chat.Grains.Storage;
using Chat.Held;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Grains.Held;

/// <summary>Runs at the start of a silo, when the log is back, and at every reminder; and again every second while a conversation of it is not done. A conversation leaves
/// the list when it says that nothing is held, unless it was noted again meanwhile. Two that run at once only ask twice.</summary>
[Reentrant, GrainType("rescue")]
internal sealed partial class RescueGrain : Grain, IRescueGrain, IRemindable
{
    private const string Reminder = "rescue";
    private const int Parallel = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IPersistentState<RescueState> _state;
    private readonly LogHealth _health;
    private readonly ILogger _logger;
    private readonly GroupWrite _write;
    private readonly HashSet<Guid> _notedInRun = [];
    private bool _isSaved = true;
    private bool _isReminded;
    private IGrainTimer? _again;
    private Task _running = Task.CompletedTask;

    public RescueGrain([PersistentState("rescue", Fallback.Storage)] IPersistentState<RescueState> state, LogHealth health, ILogger<RescueGrain> logger)
    {
        _state = state;
        _health = health;
        _logger = logger;
        _write = new GroupWrite(Write);
    }

    public async Task<Answer<Done>> Note(Guid conversationId)
    {
        _notedInRun.Add(conversationId);
        if (!_state.State.Conversations.Add(conversationId) && _isSaved)
        {
            return Done.Instance;
        }

        return await TrySave() ? Done.Instance : Refusal.Unavailable("Messages cannot be held right now.", retryAfterMs: 1_000);
    }

    public Task<bool> Holds(Guid conversationId) => Task.FromResult(_state.State.Conversations.Contains(conversationId));

    public Task Run()
    {
        if (_running.IsCompleted && !_health.IsDown)
        {
            _running = Rescue();
        }

        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Run();

    private async Task Rescue()
    {
        if (!_isReminded)
        {
            await Remind();
        }

        _notedInRun.Clear();
        var done = new List<Guid>();
        foreach (var some in _state.State.Conversations.ToArray().Chunk(Parallel))
        {
            var held = await Task.WhenAll(some.Select(Rescue));
            done.AddRange(some.Where((_, i) => held[i] == 0));
        }

        done.RemoveAll(_notedInRun.Contains);
        if (done.Count > 0)
        {
            _state.State.Conversations.ExceptWith(done);
            await TrySave();
            LogRescued(_logger, done.Count);
        }

        if (_state.State.Conversations.Count > 0)
        {
            _again ??= this.RegisterGrainTimer(Run, new GrainTimerCreationOptions(Pause, Pause));
        }
        else
        {
            _again?.Dispose();
            _again = null;
        }
    }

    /// <summary>How many messages of it are still held; at least one when it cannot say.</summary>
    private async Task<int> Rescue(Guid conversationId)
    {
        try
        {
            var report = await GrainFactory.GetGrain<IConversationGrain>(conversationId).Rescue();
            return report.Ok ? report.Value.Held : 1;
        }
        catch (Exception lost)
        {
            // Whatever keeps this one from answering must not keep the others waiting; it is asked again.
            LogNotRescued(_logger, lost.GetType().Name);
            return 1;
        }
    }

    private async Task<bool> TrySave()
    {
        try
        {
            await _write.Join();
            return true;
        }
        catch (Exception failed)
        {
            // The list in memory still holds for the life of this silo.
            LogNotSaved(_logger, failed.GetType().Name, failed.Message);
            return false;
        }
    }

    private async Task Write()
    {
        if (!_isSaved)
        {
            var known = _state.State.Conversations;
            await _state.ReadStateAsync();
            _state.State.Conversations.UnionWith(known);
        }

        _isSaved = false;
        await _state.WriteStateAsync();
        _isSaved = true;
    }

    /// <summary>Where reminders are stored, they bring the list back after the loss of its silo.</summary>
    private async Task Remind()
    {
        try
        {
            var minute = TimeSpan.FromMinutes(1);
            await this.RegisterOrUpdateReminder(Reminder, minute, minute);
            _isReminded = true;
        }
        catch (Exception failed)
        {
            // Reminders may be kept where the log is, and be as far away as it is; the timer goes on without.
            LogNotReminded(_logger, failed.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Information, "Nothing is held any more in {Conversations} conversations.")]
    private static partial void LogRescued(ILogger logger, int conversations);

    [LoggerMessage(LogLevel.Warning, "A conversation with held messages did not answer ({Error}); it is asked again.")]
    private static partial void LogNotRescued(ILogger logger, string error);

    [LoggerMessage(LogLevel.Warning, "The list of conversations with held messages could not be saved ({Error}): {Reason}")]
    private static partial void LogNotSaved(ILogger logger, string error, string reason);

    [LoggerMessage(LogLevel.Warning, "The reminder of held messages could not be set ({Error}).")]
    private static partial void LogNotReminded(ILogger logger, string error);
}
