using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Grains.Inbox;

/// <summary>A conversation that a client is behind in, and how many entries it gets now; none when the answer is full before it.</summary>
internal sealed record SyncStep(Guid ConversationId, long Head, long After, int Limit);

/// <summary>What a client's positions say beside the heads of the user's conversations.</summary>
/// <param name="Steps">By last activity, newest first.</param>
/// <param name="Added">Conversations without a position, newest first.</param>
/// <param name="Unknown">Positions without a conversation.</param>
internal sealed record SyncPlan(SyncStep[] Steps, Guid[] Added, Guid[] Unknown)
{
    public static SyncPlan Make(SyncPosition[] positions, MembershipHead[] heads, InboxOptions options)
    {
        // Of a conversation that is named twice, the lower position is the safe one.
        var afters = new Dictionary<Guid, long>(positions.Length);
        foreach (var position in positions)
        {
            afters[position.ConversationId] = afters.TryGetValue(position.ConversationId, out var other) ? Math.Min(other, position.After) : position.After;
        }

        var steps = new List<SyncStep>();
        var added = new List<Guid>();
        var left = options.MaxSyncEvents;
        foreach (var head in heads)
        {
            if (!afters.Remove(head.ConversationId, out var after))
            {
                added.Add(head.ConversationId);
            }
            else if (after != head.Head)
            {
                var lacking = after > head.Head ? 1 : head.Head - after;
                var limit = (int)Math.Min(lacking, Math.Min(left, options.MaxSyncEventsPerConversation));
                left -= limit;
                steps.Add(new SyncStep(head.ConversationId, head.Head, after, limit));
            }
        }

        return new SyncPlan(steps.ToArray(), added.ToArray(), afters.Keys.ToArray());
    }
}
