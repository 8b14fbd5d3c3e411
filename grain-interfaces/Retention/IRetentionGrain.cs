using Chat.Conversations;
using Orleans;

namespace Chat.Retention;

/// <summary>What an operator asks for.</summary>
/// <param name="Force">Run although the clock went back or too much of the log would go; takes a reason.</param>
[GenerateSerializer, Immutable, Alias("chat.run-retention")]
public sealed record RunRetention(
    [property: Id(0)] bool DryRun,
    [property: Id(1)] bool Force = false,
    [property: Id(2)] string? Reason = null);

/// <summary>Takes what is older than it may be out of every log, on a reminder or when an operator says so; one run at a time. The key is 0.</summary>
[Alias("chat.retention-grain")]
public interface IRetentionGrain : IGrainWithIntegerKey
{
    /// <summary>Sees to it that the reminder is set as the settings say.</summary>
    [Alias("schedule")]
    Task Schedule();

    /// <summary>Starts a run, or joins the one of the same kind that is under way. A run that takes longer than a call may is answered as running.</summary>
    [Alias("run")]
    Task<Answer<RetentionReport>> Run(Guid operatorId, RunRetention request);

    [Alias("reports")]
    Task<Answer<RetentionReports>> Reports();

    /// <summary>One that stands already is answered as it is.</summary>
    [Alias("hold")]
    Task<Answer<LegalHold>> Hold(Guid operatorId, Guid conversationId, string reason);

    [Alias("release")]
    Task<Answer<Done>> Release(Guid operatorId, Guid conversationId, string reason);

    [Alias("holds")]
    Task<Answer<LegalHolds>> Holds();
}
