using Chat.Conversations;
using Chat.Held;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Held;

/// <summary>One write for each call: the conversation gathers what comes while a call is under way.</summary>
[GrainType("held"), CollectionAgeLimit(Minutes = 2)]
internal sealed partial class HeldGrain(
    [PersistentState("held", Fallback.Storage)] IPersistentState<HeldState> state, IOptions<FallbackOptions> options, ILogger<HeldGrain> logger) : Grain, IHeldGrain
{
    private readonly int _max = options.Value.MaxHeld;
    private bool _isUncertain;

    public async Task<Answer<Done>> Add(HeldMessage[] messages)
    {
        try
        {
            await Ascertain();
            var next = state.State.With(messages);
            if (next.Messages.Count > _max)
            {
                return Refusal.Overloaded("Too many messages of this conversation are held.", retryAfterMs: 1_000);
            }

            await Save(next);
            return Done.Instance;
        }
        catch (Exception failed)
        {
            // Whatever the storage threw: it was not said to be held, so it is not.
            LogNotHeld(logger, messages.Length, failed.GetType().Name, failed.Message);
            return Refusal.Unavailable("Messages cannot be held right now.", retryAfterMs: 1_000);
        }
    }

    public async Task<HeldMessage[]> List()
    {
        await Ascertain();
        return [.. state.State.Messages];
    }

    public async Task Remove(Guid[] messageIds)
    {
        await Ascertain();
        await Save(state.State.Without(messageIds));
    }

    private async Task Save(HeldState next)
    {
        // Until the storage has answered, what it keeps is not known.
        _isUncertain = true;
        state.State = next;
        if (next.Messages.Count > 0)
        {
            await state.WriteStateAsync();
        }
        else if (state.RecordExists)
        {
            await state.ClearStateAsync();
        }

        _isUncertain = false;
    }

    private async Task Ascertain()
    {
        if (_isUncertain)
        {
            await state.ReadStateAsync();
            _isUncertain = false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Messages} messages could not be held ({Error}): {Reason}")]
    private static partial void LogNotHeld(ILogger logger, int messages, string error, string reason);
}
