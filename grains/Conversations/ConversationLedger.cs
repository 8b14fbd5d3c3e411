using System.Diagnostics.CodeAnalysis;
using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>What the log says so far: order, members, cursors, and the newest entries. It decides what the next entry is and applies what was committed; it waits for nothing.</summary>
internal sealed class ConversationLedger
{
    private readonly ConversationOptions _options;
    private readonly Dictionary<Guid, Member> _members;
    private readonly IdempotencyWindow _keys;
    private readonly Queue<LogEntry> _recent;
    private Conversation _conversation;

    public ConversationLedger(StoredConversation stored, ConversationOptions options)
    {
        _options = options;
        _conversation = stored.Conversation;
        Head = stored.Conversation.Head;
        TrimmedThrough = stored.TrimmedThrough;
        _members = stored.Conversation.Members.ToDictionary(m => m.UserId);
        _keys = new IdempotencyWindow(options.HotWindow);
        _recent = new Queue<LogEntry>(stored.Recent);
        foreach (var entry in stored.Recent)
        {
            _keys.Add(entry);
        }
    }

    public Guid Id => _conversation.Id;

    public ConversationType Type => _conversation.Type;

    public long Head { get; private set; }

    /// <summary>Entries up to here are gone: the log begins one above.</summary>
    public long TrimmedThrough { get; private set; }

    public IReadOnlyCollection<Guid> MemberIds => _members.Keys;

    /// <summary>The lowest sequence in memory; everything from it to the head is there.</summary>
    public long HotFrom => _recent.TryPeek(out var oldest) ? oldest.Event.Sequence!.Value : Head + 1;

    /// <summary>Entries from <paramref name="lowest"/> to <paramref name="highest"/>, both in memory.</summary>
    public ConversationEvent[] Hot(long lowest, long highest) =>
        [.. _recent.Skip((int)(lowest - HotFrom)).Take((int)(highest - lowest + 1)).Select(e => e.Event)];

    public Conversation Snapshot() => _conversation with { Head = Head, Members = [.. _members.Values] };

    public bool IsMember(Guid userId, [NotNullWhen(true)] out Member? member) => _members.TryGetValue(userId, out member);

    public LogEntry? FindKey(Guid sender, string key) => _keys.Find(sender, key);

    /// <summary>Null when the members may be added; they are applied with the entry.</summary>
    public Refusal? CheckAdd(Guid actorId, IReadOnlyCollection<Guid> userIds)
    {
        var fault = CheckAdmin(actorId);
        if (fault is not null)
        {
            return fault;
        }

        var added = userIds.Count(id => !_members.ContainsKey(id));
        return added == 0 ? Refusal.Conflict("They are members already.", "already_member")
            : _members.Count + added > _options.MaxGroupMembers
                ? Refusal.Conflict($"A group takes at most {_options.MaxGroupMembers} members.", "group_full")
                : null;
    }

    public Refusal? CheckRemove(Guid actorId, Guid userId)
    {
        if (actorId != userId)
        {
            var fault = CheckAdmin(actorId);
            return fault ?? (_members.ContainsKey(userId) ? null : Refusal.NotFound("member"));
        }

        return Type != ConversationType.Group ? NotAGroup()
            : _members.Count > 1 && IsLastAdmin(userId) ? LastAdmin()
            : null;
    }

    public Refusal? CheckRole(Guid actorId, Guid userId, MemberRole role)
    {
        var fault = CheckAdmin(actorId);
        return fault
            ?? (!_members.ContainsKey(userId) ? Refusal.NotFound("member")
                : role != MemberRole.Admin && IsLastAdmin(userId) ? LastAdmin()
                : null);
    }

    public Refusal? CheckAdmin(Guid actorId) =>
        !_members.TryGetValue(actorId, out var actor) ? Refusal.NotFound("conversation")
        : Type != ConversationType.Group ? NotAGroup()
        : actor.Role != MemberRole.Admin ? Refusal.Forbidden("Only an admin of the group may do this.", "not_admin")
        : null;

    /// <summary>The entry is in the log: from now on it is the head.</summary>
    public void Apply(LogEntry entry)
    {
        var e = entry.Event;
        var sequence = e.Sequence!.Value;
        if (sequence != Head + 1)
        {
            throw new InvalidOperationException($"Entry {sequence} cannot follow {Head}.");
        }

        Head = sequence;
        if (e.Kind != EntryKind.Message)
        {
            ApplyChange(e, sequence);
        }

        _keys.Add(entry);
        _recent.Enqueue(entry);
        if (_recent.Count > _options.HotWindow)
        {
            _recent.Dequeue();
        }
    }

    /// <summary>Retention took the entries up to here out of the log.</summary>
    public void Trim(long through)
    {
        TrimmedThrough = Math.Max(TrimmedThrough, Math.Min(through, Head));
        while (_recent.TryPeek(out var oldest) && oldest.Event.Sequence <= TrimmedThrough)
        {
            _recent.Dequeue();
        }

        _keys.ForgetThrough(TrimmedThrough);
    }

    /// <summary>True when the cursor moved: it never goes back, and never beyond the head.</summary>
    public bool MoveCursor(Guid userId, long sequence, out long cursor)
    {
        var member = _members[userId];
        cursor = Math.Max(member.ReadSequence, Math.Min(sequence, Head));
        if (cursor == member.ReadSequence)
        {
            return false;
        }

        _members[userId] = member with { ReadSequence = cursor };
        return true;
    }

    private void ApplyChange(ConversationEvent e, long sequence)
    {
        if (e.Kind == EntryKind.Renamed)
        {
            _conversation = _conversation with { Name = e.Name };
        }

        foreach (var userId in e.UserIds ?? [])
        {
            switch (e.Kind)
            {
                case EntryKind.MembersAdded:
                    _members.TryAdd(userId, new Member(userId, e.Role ?? MemberRole.Member, sequence - 1, sequence - 1));
                    break;
                case EntryKind.MemberLeft:
                    _members.Remove(userId);
                    break;
                case EntryKind.RoleChanged when _members.TryGetValue(userId, out var member):
                    _members[userId] = member with { Role = e.Role!.Value };
                    break;
            }
        }
    }

    private bool IsLastAdmin(Guid userId) =>
        _members.TryGetValue(userId, out var member) && member.Role == MemberRole.Admin && _members.Values.Count(m => m.Role == MemberRole.Admin) == 1;

    private static Refusal NotAGroup() => Refusal.Conflict("Only a group has members to change, roles and a name.", "not_a_group");

    private static Refusal LastAdmin() => Refusal.Conflict("The last admin must hand over first.", "last_admin");
}
