using Chat.Conversations;
using Orleans;

namespace Chat.Api.Hubs;

/// <summary>The sends of one connection: a lane per conversation keeps their order. A lane has one grain call in flight; what arrives meanwhile goes together in the
/// next one. A lane without work is gone.</summary>
internal sealed partial class SendLanes(Guid userId, IGrainFactory grains, Intake intake, SendLaneOptions options, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, SendLane> _lanes = [];
    private int _waiting;

    public Task<Answer<Receipt>> Send(Guid conversationId, SendMessage message)
    {
        if (intake.Refusal is { } closed)
        {
            return Task.FromResult<Answer<Receipt>>(closed);
        }

        var send = new PendingSend(message);
        if (!TryEnter(conversationId, send, out var idle))
        {
            return Task.FromResult<Answer<Receipt>>(Refusal.Overloaded("Too many sends of this connection are waiting.", options.RetryAfterMs));
        }

        if (idle is not null)
        {
            idle.Running = Run(idle);
        }

        return send.Task;
    }

    /// <summary>Completes when every send that was taken has its answer.</summary>
    public Task WhenIdle()
    {
        lock (_gate)
        {
            return Task.WhenAll(_lanes.Values.SelectMany(l => l.Waiting).Select(s => s.Task).Concat(_lanes.Values.Select(l => l.Running)));
        }
    }

    private bool TryEnter(Guid conversationId, PendingSend send, out SendLane? idle)
    {
        idle = null;
        lock (_gate)
        {
            if (!_lanes.TryGetValue(conversationId, out var lane))
            {
                idle = _lanes[conversationId] = lane = new SendLane(conversationId, grains.GetGrain<IConversationGrain>(conversationId));
            }
            else if (lane.Waiting.Count >= options.MaxWaiting || _waiting >= options.MaxWaitingPerConnection)
            {
                return false;
            }

            lane.Waiting.Add(send);
            _waiting++;
            return true;
        }
    }

    private async Task Run(SendLane lane)
    {
        // What came in the same read of the socket goes in the same call: one commit, and one write back, for all of it.
        await Task.Yield();
        while (TakeWaiting(lane) is { } sends)
        {
            var answers = await Call(lane.Conversation, sends);
            for (var i = 0; i < sends.Length; i++)
            {
                sends[i].SetResult(answers[i]);
            }
        }
    }

    private PendingSend[]? TakeWaiting(SendLane lane)
    {
        lock (_gate)
        {
            if (lane.Waiting.Count == 0)
            {
                _lanes.Remove(lane.ConversationId);
                return null;
            }

            PendingSend[] sends = [.. lane.Waiting];
            lane.Waiting.Clear();
            _waiting -= sends.Length;
            return sends;
        }
    }

    private async Task<Answer<Receipt>[]> Call(IConversationGrain conversation, PendingSend[] sends)
    {
        try
        {
            return await conversation.Send(userId, Array.ConvertAll(sends, s => s.Message));
        }
        catch (Exception lost)
        {
            // Whatever was thrown, each sender needs an answer: unknown. The same key finds out.
            LogOutcomeUnknown(logger, sends.Length, lost);
            return Array.ConvertAll<PendingSend, Answer<Receipt>>(sends, _ => GrainAnswers.Unavailable);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The outcome of {Sends} sends is unknown to this frontend; their senders are told to retry.")]
    private static partial void LogOutcomeUnknown(ILogger logger, int sends, Exception reason);

    private sealed class SendLane(Guid conversationId, IConversationGrain conversation)
    {
        public Guid ConversationId { get; } = conversationId;

        public IConversationGrain Conversation { get; } = conversation;

        public List<PendingSend> Waiting { get; } = [];

        public Task Running { get; set; } = Task.CompletedTask;
    }

    // Continues inline: what follows is the write of one hub answer, and a hop to the thread pool would cost as much.
    private sealed class PendingSend(SendMessage message) : TaskCompletionSource<Answer<Receipt>>
    {
        public SendMessage Message { get; } = message;
    }
}
