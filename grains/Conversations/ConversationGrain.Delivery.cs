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
    private const string Created = "created";
    private const string Head = "head";

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
            TellHead(userId, frontendIds, Head);
            TellHeld(userId, frontendIds);
        }

        return Task.CompletedTask;
    }

    private void OnCommitted(IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            PublishEntry(entry.Event);
        }

        PassHeld();
    }

    private void PublishEntry(ConversationEvent e)
    {
        if (e.Kind == EntryKind.MembersAdded)
        {
            FollowMembers(Created);
            if (IsRoutedEverywhere)
            {
                PublishEverywhere(e.UserIds!, Changed(Created));
            }
        }

        Publish(e);
        if (e.Kind == EntryKind.MemberLeft)
        {
            // Who leaves is told of it, and of nothing after it.
            FollowMembers(Head);
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
    /// <param name="change">What members hear whose routes were not known before.</param>
    private void FollowMembers(string change)
    {
        var known = _routes.SetMembers(_awake!.Ledger.MemberIds.ToArray());
        if (!IsRoutedEverywhere)
        {
            foreach (var member in _awake.Ledger.MemberIds.Where(m => !known.Contains(m)))
            {
                _ = FollowMember(member, change);
            }
        }
    }

    /// <summary>Once the routes are known the member is told the head on them: what was published before went to the frontends that the silo knew of, and a new one
    /// is not among them.</summary>
    private async Task FollowMember(Guid userId, string change)
    {
        try
        {
            var frontends = await Presence(userId).WatchRoutes(Id);
            if (_awake!.Ledger.IsMember(userId, out _))
            {
                _routes.Set(userId, frontends);
                TellHead(userId, frontends, change);
            }
        }
        catch (Exception unreachable)
        {
            // Its silo may just be gone. Until the routes are known the member is reached through every frontend.
            LogRoutesUnknown(logger, unreachable.GetType().Name);
            PublishEverywhere([userId], Changed(change));
        }
    }

    private void TellHead(Guid userId, string[] frontendIds, string change)
    {
        Guid[] recipients = [userId];
        Array.ForEach(frontendIds, f => outbox.Post(f, Changed(change), recipients));
    }

    private ConversationChanged Changed(string change) => new(Id, change, _awake!.Ledger.Head);

    private bool IsRoutedEverywhere => _awake!.Ledger.MemberIds.Count > _options.MaxRoutedMembers;

    private IUserPresenceGrain Presence(Guid userId) => GrainFactory.GetGrain<IUserPresenceGrain>(userId);


    [LoggerMessage(LogLevel.Information, "The routes of a member are not known ({Reason}).")]
    private static partial void LogRoutesUnknown(ILogger logger, string reason);
}
