using Orleans;
using Orleans.Concurrency;

namespace Chat.Conversations;

/// <summary>Owns one conversation: its order, members, read cursors and idempotency. The key is the conversation's id; that of a direct pair
/// comes from <see cref="DirectConversation.IdOf"/>. To who is not a member it does not exist (`not_found`).</summary>
[Alias("chat.conversation-grain")]
public interface IConversationGrain : IGrainWithGuidKey
{
    /// <summary>Makes the conversation, or finds the direct one that exists.</summary>
    [Alias("open")]
    Task<Answer<ConversationOpened>> Open(OpenConversation request);

    [Alias("get")]
    Task<Answer<Conversation>> Get(Guid userId);

    /// <summary>Appends in the order given. One answer per message, in the same order, once its outcome is known; never later than about a second.</summary>
    [Alias("send")]
    Task<Answer<Receipt>[]> Send(Guid senderId, SendMessage[] messages);

    /// <summary>Puts what is held into the order, if the log is there. Answers how many messages are still held; calling it again is harmless.</summary>
    [Alias("rescue")]
    Task<Answer<RescueReport>> Rescue();

    [Alias("read-history")]
    Task<Answer<HistoryPage>> ReadHistory(Guid userId, HistoryQuery query);

    [Alias("sync")]
    Task<Answer<ConversationSync>> Sync(Guid userId, long after, int limit);

    /// <summary>Moves the reader's cursor forward, never back; answers the cursor that holds once it is stored.</summary>
    [Alias("mark-read")]
    Task<Answer<ReadCursor>> MarkRead(Guid userId, long sequence);

    [Alias("set-typing")]
    Task<Answer<Done>> SetTyping(Guid userId, bool isTyping);

    [Alias("rename")]
    Task<Answer<Conversation>> Rename(Guid actorId, string name);

    [Alias("add-members")]
    Task<Answer<Conversation>> AddMembers(Guid actorId, Guid[] userIds);

    /// <summary>Removes a member; oneself is leaving. The last admin of a group that has other members must hand over first.</summary>
    [Alias("remove-member")]
    Task<Answer<Done>> RemoveMember(Guid actorId, Guid userId);

    [Alias("change-role")]
    Task<Answer<Conversation>> ChangeRole(Guid actorId, Guid userId, MemberRole role);

    /// <summary>Told by retention: the entries up to here are no longer in the log.</summary>
    [Alias("on-trimmed")]
    Task OnTrimmed(long through);

    /// <summary>Told by the member's presence: the frontends that host the user's connections now.</summary>
    [Alias("on-routes-changed"), AlwaysInterleave, OneWay]
    Task OnRoutesChanged(Guid userId, string[] frontendIds);
}

/// <summary>The highest sequence a member has read.</summary>
[GenerateSerializer, Immutable, Alias("chat.read-cursor")]
public sealed record ReadCursor([property: Id(0)] Guid ConversationId, [property: Id(1)] long Sequence);

/// <param name="Held">Messages that are still held; 0 when the conversation need not be rescued any more.</param>
[GenerateSerializer, Immutable, Alias("chat.rescue-report")]
public sealed record RescueReport([property: Id(0)] int Held);

/// <summary>It was done, and there is nothing else to say.</summary>
[GenerateSerializer, Immutable, Alias("chat.done")]
public sealed record Done
{
    public static readonly Done Instance = new();
}
