using Orleans;

namespace Chat.Retention;

[GenerateSerializer]
public enum RunOutcome
{
    Running,
    Completed,
    Refused,
    Failed,
    Interrupted,
}

/// <summary>What one run of retention did; a dry run: what it would have done.</summary>
/// <param name="Reason">Why it did not complete, or what it left out.</param>
/// <param name="CutOff">Entries older than this were due.</param>
/// <param name="PurgeCutOff">Content of messages deleted before this was due.</param>
/// <param name="LogRows">Entries in all logs when it began.</param>
/// <param name="DueRows">Those of them that were due.</param>
/// <param name="Conversations">How many conversations had entries due.</param>
/// <param name="HeldConversations">How many others would have had, and are held.</param>
/// <param name="ArchiveFiles">How many; their names begin with the run's id.</param>
[GenerateSerializer, Immutable, Alias("chat.retention-report")]
public sealed record RetentionReport(
    [property: Id(0)] Guid Id,
    [property: Id(1)] RunOutcome Outcome,
    [property: Id(2)] string? Reason,
    [property: Id(3)] bool DryRun,
    [property: Id(4)] Guid? ForcedBy,
    [property: Id(5)] string? ForceReason,
    [property: Id(6)] DateTimeOffset StartedAt,
    [property: Id(7)] DateTimeOffset? EndedAt,
    [property: Id(8)] DateTimeOffset CutOff,
    [property: Id(9)] DateTimeOffset PurgeCutOff,
    [property: Id(10)] long LogRows,
    [property: Id(11)] long DueRows,
    [property: Id(12)] long Conversations,
    [property: Id(13)] long HeldConversations,
    [property: Id(14)] long ArchivedRows,
    [property: Id(15)] int ArchiveFiles,
    [property: Id(16)] long DeletedRows,
    [property: Id(17)] long PurgedContents);

/// <summary>The newest first.</summary>
[GenerateSerializer, Immutable, Alias("chat.retention-reports")]
public sealed record RetentionReports([property: Id(0)] RetentionReport[] Items);
