using Orleans;
using Orleans.Concurrency;

namespace Chat.Presence;

[GenerateSerializer]
public enum PresenceStatus
{
    Offline,
    Online,
    Away,
    Busy,
}

/// <summary>A user's presence as others may see it.</summary>
[GenerateSerializer, Immutable, Alias("chat.user-presence")]
public sealed record UserPresence(
    [property: Id(0)] Guid UserId,
    [property: Id(1)] PresenceStatus Status,
    [property: Id(2)] DateTimeOffset? LastSeenAt);

/// <summary>Owns a user's connections. Each is a lease: it ends with its frontend's lease, or 5 min after its last heartbeat. The key is the user's id.</summary>
[Alias("chat.user-presence-grain")]
public interface IUserPresenceGrain : IGrainWithGuidKey
{
    /// <summary>These connections of the user live on this frontend: on connecting, and again after the frontend took a new incarnation.</summary>
    [Alias("attach")]
    Task Attach(string frontendId, string[] connectionIds);

    [Alias("detach")]
    Task Detach(string frontendId, string connectionId);

    /// <param name="active">The person did something since the last one.</param>
    [Alias("heartbeat")]
    Task Heartbeat(string frontendId, string connectionId, bool active);

    /// <summary>`online` lets the rules decide; `busy` and `away` hold until changed.</summary>
    [Alias("set-status")]
    Task<UserPresence> SetStatus(PresenceStatus status);

    [Alias("get")]
    Task<UserPresence> Get();

    /// <summary>The conversation wants to know where the user's connections are: the answer is now, <see cref="Conversations.IConversationGrain.OnRoutesChanged"/> tells of changes.</summary>
    [Alias("watch-routes"), AlwaysInterleave]
    Task<string[]> WatchRoutes(Guid conversationId);

    [Alias("unwatch-routes"), AlwaysInterleave]
    Task UnwatchRoutes(Guid conversationId);
}
