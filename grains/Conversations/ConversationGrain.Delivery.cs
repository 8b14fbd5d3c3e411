using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.Storage;
using Chat.Presence;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Chat.Grains.Conversations;

/// <summary>Who is told, and through which frontends.</summary>
internal sealed partial class ConversationGrain
{
    private readonly RouteTable _routes = new();

    public Task OnRoutesChanged(Guid userId, string[] frontendIds)
    {
        if (_awake is not { } awake || !awake.Ledger.IsMember(userId, out _))
        {
            _ = Presence(userId).UnwatchRoutes(Id);
            return Task.CompletedTask;
        }

        if (_routes.Set(userId, frontendIds))
        {
            // Whoever comes may lack the newest entry: the head lets it find out.
            Guid[] recipients = [userId];
            Array.ForEach(frontendIds, f => outbox.Post(f, new ConversationChanged(Id, "head", awake.Ledger.Head), recipients));
        }

        return Task.CompletedTask;
    }

    private void OnCommitted(IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            PublishEntry(entry.Event);
        }
    }

    private void PublishEntry(ConversationEvent e)
    {
        if (e.Kind == EntryKind.MembersAdded)
        {
            FollowMembers();
            PublishEverywhere(e.UserIds!, new ConversationChanged(Id, "created", e.Sequence!.Value));
        }

        Publish(e);
        if (e.Kind == EntryKind.MemberLeft)
        {
            // Who leaves is told of it, and of nothing after it.
            FollowMembers();
        }
    }

    private void Publish(ServerEvent e)
    {
        foreach (var (frontendId, members) in _routes.ByFrontend)
        {
            outbox.Post(frontendId, e, members);
        }

        PublishEverywhere(_routes.Everywhere, e);
    }

    private void PublishEverywhere(Guid[] recipients, ServerEvent e)
    {
        if (recipients.Length == 0)
        {
            return;
        }

        foreach (var frontendId in outbox.LiveFrontends)
        {
            outbox.Post(frontendId, e, recipients);
        }
    }

    /// <summary>Members decide whom events go to; routes only where.</summary>
    private void FollowMembers()
    {
        var members = _awake!.Ledger.MemberIds.ToArray();
        var known = _routes.SetMembers(members);
        if (members.Length <= _options.MaxRoutedMembers)
        {
            foreach (var member in members.Where(m => !known.Contains(m)))
            {
                _ = FollowMember(member);
            }
        }
    }

    private async Task FollowMember(Guid userId)
    {
        try
        {
            var frontends = await Presence(userId).WatchRoutes(Id);
            if (_awake!.Ledger.IsMember(userId, out _))
            {
                _routes.Set(userId, frontends);
            }
        }
        catch (Exception unreachable)
        {
            // Its silo may just be gone. Until the routes are known the member is reached through every frontend.
            LogRoutesUnknown(logger, unreachable.GetType().Name);
        }
    }

    private IUserPresenceGrain Presence(Guid userId) => GrainFactory.GetGrain<IUserPresenceGrain>(userId);


    [LoggerMessage(LogLevel.Information, "The routes of a member are not known ({Reason}).")]
    private static partial void LogRoutesUnknown(ILogger logger, string reason);
}
