using Chat.Conversations;

namespace Chat.Grains.Conversations;

/// <summary>What a new conversation may be, and what it starts as.</summary>
internal static class OpeningRules
{
    public static Refusal? Check(OpenConversation request, Guid[] members, ConversationOptions options) => request.Type switch
    {
        ConversationType.Direct when request.Name is not null => Refusal.Invalid("A direct conversation has no name.", "name_not_allowed"),
        ConversationType.Direct when members.Length != 2 => Refusal.Invalid("A direct conversation takes one other participant.", "invalid_participants"),
        ConversationType.Direct => null,
        ConversationType.Group when members.Length > options.MaxGroupMembers =>
            Refusal.Conflict($"A group takes at most {options.MaxGroupMembers} members.", "group_full"),
        ConversationType.Group => request.Name is { } name ? TextRules.Check(name, options.MaxNameLength, "name") : null,
        _ => Refusal.Invalid("type takes direct or group.", "invalid_type"),
    };

    public static Conversation Begin(Guid id, OpenConversation request, Guid[] members, DateTimeOffset now) => new(
        id,
        request.Type,
        request.Name,
        null,
        Array.ConvertAll(members, m => new Member(
            m,
            request.Type == ConversationType.Group && m == request.CreatorId ? MemberRole.Admin : MemberRole.Member,
            JoinedSequence: 0,
            ReadSequence: 0)),
        Head: 0,
        new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero));
}
