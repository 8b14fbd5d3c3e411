using System.Security.Cryptography;
using System.Text;
using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Tests.Storage;

/// <summary>Conversations and entries to store.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Guid NewId() => Guid.CreateVersion7(Start);

    public static Conversation Group(params Guid[] members) => new(
        NewId(), ConversationType.Group, "Lunch", null, Array.ConvertAll(members, id => new Member(id, MemberRole.Member, 0, 0)), 0, Start);

    public static LogEntry Message(Guid conversationId, long sequence, Guid sender, string? key = null, string content = "hello") => new(
        new ConversationEvent
        {
            ConversationId = conversationId,
            Sequence = sequence,
            Kind = EntryKind.Message,
            MessageId = NewId(),
            SenderId = sender,
            ClientMessageId = key ?? NewId().ToString(),
            Content = content,
            Type = "text",
            SentAt = Start.AddSeconds(sequence),
        },
        SHA256.HashData(Encoding.UTF8.GetBytes(content.Replace("\ud800", "?", StringComparison.Ordinal))));

    public static LogEntry Change(Guid conversationId, long sequence, EntryKind kind, Guid actor, Guid[]? userIds = null, MemberRole? role = null, string? name = null) => new(
        new ConversationEvent
        {
            ConversationId = conversationId,
            Sequence = sequence,
            Kind = kind,
            SenderId = actor,
            UserIds = userIds,
            Role = role,
            Name = name,
            SentAt = Start.AddSeconds(sequence),
        },
        null);
}
