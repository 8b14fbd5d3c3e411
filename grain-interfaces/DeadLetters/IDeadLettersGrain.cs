using Orleans;
using Orleans.Concurrency;

namespace Chat.DeadLetters;

/// <summary>What operators do with messages that could not be stored. The key is 0.</summary>
[Alias("chat.dead-letters-grain")]
public interface IDeadLettersGrain : IGrainWithIntegerKey
{
    /// <summary>Newest first.</summary>
    [Alias("list")]
    Task<Answer<DeadLetterPage>> List(DeadLetterState state, Guid? conversationId, string? cursor, int limit);

    [Alias("inspect")]
    Task<Answer<DeadLetterItem>> Inspect(Guid id);

    /// <summary>With its content; who read it last, and when, is kept.</summary>
    [Alias("read")]
    Task<Answer<DeadLetterItem>> Read(Guid id, Guid operatorId);

    /// <summary>Sends it again as its sender would: it takes the next sequence, once, however often it is redriven.</summary>
    [Alias("redrive")]
    Task<Answer<DeadLetterItem>> Redrive(Guid id, Guid operatorId);

    [Alias("redrive-all")]
    Task<Answer<RedriveResults>> RedriveAll(Guid[] ids, Guid operatorId);

    /// <summary>Gives it up. It stays readable, with the reason.</summary>
    [Alias("discard")]
    Task<Answer<DeadLetterItem>> Discard(Guid id, Guid operatorId, string reason);

    /// <summary>A silo starts: sets the reminder, counts, and redrives what is due.</summary>
    [Alias("schedule")]
    Task Schedule();

    /// <summary>There may be more of them than were counted.</summary>
    [Alias("on-added"), OneWay]
    Task OnAdded();
}
