using Chat.Conversations;

namespace Chat.Grains.Storage;

/// <summary>What the two stores in memory share. Nothing of it outlives the process.</summary>
internal sealed class MemoryDatabase
{
    public readonly Lock Lock = new();

    private readonly Dictionary<Guid, MemoryConversation> _conversations = [];
    private readonly Dictionary<Guid, HashSet<MemoryConversation>> _byUser = [];

    public MemoryConversation? FindNeedsLock(Guid id) => _conversations.GetValueOrDefault(id);

    public IReadOnlyCollection<MemoryConversation> OfUserNeedsLock(Guid userId) =>
        _byUser.TryGetValue(userId, out var found) ? found : Array.Empty<MemoryConversation>();

    public bool AddNeedsLock(Conversation conversation)
    {
        var row = new MemoryConversation(conversation);
        if (!_conversations.TryAdd(conversation.Id, row))
        {
            return false;
        }

        foreach (var member in conversation.Members)
        {
            Join(row, member);
        }

        return true;
    }

    public void AppendNeedsLock(MemoryConversation row, LogEntry entry)
    {
        row.Append(entry);
        var e = entry.Event;
        foreach (var userId in e.UserIds ?? Array.Empty<Guid>())
        {
            switch (e.Kind)
            {
                case EntryKind.MembersAdded:
                    Join(row, new Member(userId, e.Role ?? MemberRole.Member, e.Sequence!.Value - 1, e.Sequence.Value - 1));
                    break;
                case EntryKind.MemberLeft:
                    Leave(row, userId);
                    break;
                case EntryKind.RoleChanged when row.Members.TryGetValue(userId, out var member):
                    row.Members[userId] = member with { Role = e.Role!.Value };
                    break;
            }
        }
    }

    private void Join(MemoryConversation row, Member member)
    {
        if (row.Members.TryAdd(member.UserId, member))
        {
            (_byUser.TryGetValue(member.UserId, out var found) ? found : _byUser[member.UserId] = []).Add(row);
        }
    }

    private void Leave(MemoryConversation row, Guid userId)
    {
        if (row.Members.Remove(userId) && _byUser[userId].Remove(row) && _byUser[userId].Count == 0)
        {
            _byUser.Remove(userId);
        }
    }
}
