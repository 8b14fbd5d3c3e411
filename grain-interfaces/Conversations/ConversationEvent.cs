using Chat.Delivery;
using Orleans;

namespace Chat.Conversations;

/// <summary>The kinds of entry in a conversation's log.</summary>
[GenerateSerializer]
public enum EntryKind
{
    Message,
    MembersAdded,
    MemberLeft,
    RoleChanged,
    Renamed,
}

/// <summary>One entry of a conversation's log, as stored, read and delivered. Its place in the order is <see cref="Sequence"/>; <see cref="SentAt"/> is for display.</summary>
[GenerateSerializer, Immutable, Alias("chat.conversation-event")]
public sealed record ConversationEvent : ServerEvent
{
    [Id(0)]
    public required Guid ConversationId { get; init; }

    /// <summary>1, 2, 3, without a gap; null only while a message is held.</summary>
    [Id(1)]
    public required long? Sequence { get; init; }

    [Id(2)]
    public required EntryKind Kind { get; init; }

    [Id(3)]
    public Guid? MessageId { get; init; }

    /// <summary>Who did it.</summary>
    [Id(4)]
    public Guid? SenderId { get; init; }

    [Id(5)]
    public string? ClientMessageId { get; init; }

    /// <summary>Absent once deleted: the entry keeps its place.</summary>
    [Id(6)]
    public string? Content { get; init; }

    /// <summary>What the content is: `text`, ...</summary>
    [Id(7)]
    public string? Type { get; init; }

    [Id(8)]
    public long? ReplyTo { get; init; }

    /// <summary>The sequence of the entry that this one changes.</summary>
    [Id(9)]
    public long? Target { get; init; }

    [Id(10)]
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Who was added, left or changed role.</summary>
    [Id(11)]
    public Guid[]? UserIds { get; init; }

    [Id(12)]
    public MemberRole? Role { get; init; }

    [Id(13)]
    public string? Name { get; init; }

    [Id(14)]
    public bool? Deleted { get; init; }

    /// <summary>Set while a message is held: durable in the fallback, without a sequence.</summary>
    [Id(15)]
    public bool? Held { get; init; }

    // Frameworks log the arguments of a call: a message must not be readable there.
    public override string ToString() => $"{Kind} {Sequence}";
}
