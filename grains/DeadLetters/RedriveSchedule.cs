namespace Chat.Grains.DeadLetters;

/// <summary>When a dead letter is redriven by itself: only for a cause that may pass, a few times, each wait twice the last, and never all of them at the same moment.</summary>
internal sealed class RedriveSchedule(DeadLetterOptions options)
{
    /// <param name="redrives">How often it was redriven so far.</param>
    /// <param name="random">0 to 1: takes off up to half of the wait.</param>
    /// <returns>Null when it waits for an operator.</returns>
    public DateTimeOffset? Next(DateTimeOffset now, string reason, int redrives, double random) =>
        reason == DeadLetter.StorageError && redrives < options.MaxRedrives ? now + Wait(redrives, random) : null;

    private TimeSpan Wait(int redrives, double random)
    {
        var longest = Math.Min(options.FirstRedriveSeconds * Math.Pow(2, redrives), options.LongestRedriveSeconds);
        return TimeSpan.FromSeconds(longest * (1 - (random / 2)));
    }
}
