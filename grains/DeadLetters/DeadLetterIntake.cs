using Chat.DeadLetters;
using Chat.Grains.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Chat.Grains.DeadLetters;

/// <summary>Sets messages aside. Nobody is told that a message is given up before its dead letter is stored, so none waits in memory and none gets lost: whoever is refused
/// here sends again, or still holds, what it has.</summary>
internal sealed partial class DeadLetterIntake(
    IDeadLetterStore store, IGrainFactory grains, IOptions<DeadLetterOptions> options, ChatInstruments instruments, ILogger<DeadLetterIntake> logger)
{
    private const int RetryAfterMs = 1_000;

    private readonly RedriveSchedule _schedule = new(options.Value);
    private int _writing;

    /// <summary>Null when it is stored. Never throws.</summary>
    /// <param name="isRescued">Its sender was told that it is held: it is redriven by itself where its cause may pass.</param>
    public async Task<Refusal?> TryAdd(DeadLetter letter, bool isRescued = false)
    {
        try
        {
            if (Interlocked.Increment(ref _writing) > options.Value.MaxWriting)
            {
                LogFull(logger, letter.MessageId, options.Value.MaxWriting);
                return Refusal.Overloaded("Too many messages are being set aside.", RetryAfterMs);
            }

            var next = isRescued ? _schedule.Next(letter.At, letter.Reason, 0, Random.Shared.NextDouble()) : null;
            if (await store.Add(letter with { RedriveAt = next }))
            {
                instruments.OnDeadLetterAdded();
                LogAdded(logger, letter.MessageId, letter.Reason, letter.Attempts);
                _ = grains.GetGrain<IDeadLettersGrain>(0).OnAdded();
            }

            return null;
        }
        catch (Exception failed)
        {
            // Whatever it was, the message is not set aside, and that is an answer.
            LogNotAdded(logger, letter.MessageId, failed.GetType().Name);
            return Refusal.Unavailable("This message can neither be stored nor set aside right now.", RetryAfterMs);
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} is a dead letter after {Attempts} attempts: {Reason}.")]
    private static partial void LogAdded(ILogger logger, Guid messageId, string reason, int attempts);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} could not be set aside as a dead letter ({Error}); it stays with its sender, or in the fallback.")]
    private static partial void LogNotAdded(ILogger logger, Guid messageId, string error);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} could not be set aside as a dead letter: Chat:DeadLetters:MaxWriting ({MaxWriting}) are being written. It stays with its sender, or in the fallback.")]
    private static partial void LogFull(ILogger logger, Guid messageId, int maxWriting);
}
