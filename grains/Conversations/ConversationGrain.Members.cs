using Chat.Accounts;
using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.Storage;

namespace Chat.Grains.Conversations;

/// <summary>Opening, and the changes of members, roles and name.</summary>
internal sealed partial class ConversationGrain
{
    public async Task<Answer<ConversationOpened>> Open(OpenConversation request)
    {
        var members = request.ParticipantIds.Append(request.CreatorId).Distinct().ToArray();
        if (OpeningRules.Check(request, members, _options) is { } fault)
        {
            return fault;
        }

        if (_awake is null && await Wake(Head) is { } refusal && refusal.Code != RefusalCode.NotFound)
        {
            return refusal;
        }

        if (_awake is not null)
        {
            return await Opened(request.CreatorId, created: false);
        }

        if (await FindUnknown(request.ParticipantIds) is { } unknown)
        {
            DeactivateOnIdle();
            return unknown;
        }

        try
        {
            var created = await log.Create(OpeningRules.Begin(Id, request, members, time.GetUtcNow()));
            // A load that began before this commit may not know of it.
            _loading = null;
            return await Opened(request.CreatorId, created);
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    /// <summary>Whoever created it: what is stored is what there is.</summary>
    private async Task<Answer<ConversationOpened>> Opened(Guid creatorId, bool created)
    {
        if (await Enter(creatorId, created ? Created : Head) is { } refusal)
        {
            return refusal;
        }

        return new ConversationOpened(_awake!.Ledger.Snapshot(), created);
    }

    public async Task<Answer<Conversation>> Rename(Guid actorId, string name)
    {
        if (TextRules.Check(name, _options.MaxNameLength, "name") is { } fault)
        {
            return fault;
        }

        return await Change(actorId, ledger => ledger.CheckAdmin(actorId), _ => Entry(EntryKind.Renamed, actorId) with { Name = name });
    }

    public async Task<Answer<Conversation>> AddMembers(Guid actorId, Guid[] userIds)
    {
        if (userIds.Length is 0 or > 1_000)
        {
            return Refusal.Invalid("userIds takes 1 to 1000 users.", "invalid_user_ids");
        }

        if ((await Enter(actorId) ?? _awake!.Ledger.CheckAdd(actorId, userIds)) is { } refusal)
        {
            return refusal;
        }

        return await FindUnknown(userIds) is { } unknown
            ? unknown
            : await Change(
                actorId,
                ledger => ledger.CheckAdd(actorId, userIds),
                ledger => Entry(EntryKind.MembersAdded, actorId) with
                {
                    UserIds = [.. userIds.Distinct().Where(id => !ledger.IsMember(id, out _))],
                    Role = MemberRole.Member,
                });
    }

    public async Task<Answer<Done>> RemoveMember(Guid actorId, Guid userId)
    {
        var answer = await Change(
            actorId,
            ledger => ledger.CheckRemove(actorId, userId),
            _ => Entry(EntryKind.MemberLeft, actorId) with { UserIds = [userId] });
        return answer.Ok ? Done.Instance : answer.Refusal;
    }

    public Task<Answer<Conversation>> ChangeRole(Guid actorId, Guid userId, MemberRole role) =>
        Change(
            actorId,
            ledger => ledger.CheckRole(actorId, userId, role),
            _ => Entry(EntryKind.RoleChanged, actorId) with { UserIds = [userId], Role = role });

    private async Task<Answer<Conversation>> Change(Guid actorId, Func<ConversationLedger, Refusal?> check, Func<ConversationLedger, ConversationEvent> entry)
    {
        if ((await Enter(actorId) ?? _awake!.Pump.Closed ?? check(_awake.Ledger)) is { } refusal)
        {
            return refusal;
        }

        PassHeld();
        var change = new PendingChange(check, entry);
        _awake!.Pump.Add(change);
        _awake.Pump.Start();
        var answer = await change.Done;
        return answer.Ok ? _awake.Ledger.Snapshot() : answer.Refusal;
    }

    /// <summary>Null when all of them have an account.</summary>
    private async Task<Refusal?> FindUnknown(IEnumerable<Guid> userIds)
    {
        var accounts = await Task.WhenAll(userIds.Distinct().Select(id => GrainFactory.GetGrain<IAccountGrain>(id).Get()));
        return accounts.Select(a => a.Refusal).FirstOrDefault(r => r is not null) switch
        {
            null => null,
            { Code: RefusalCode.NotFound } => Refusal.NotFound("user") with { Reason = "unknown_user" },
            var outage => outage,
        };
    }

    private ConversationEvent Entry(EntryKind kind, Guid actorId) =>
        new() { ConversationId = Id, Sequence = null, Kind = kind, SenderId = actorId, SentAt = default };
}
