using Chat.Conversations;
using Chat.Grains.Storage;
using Chat.Inbox;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Chat.Grains.Inbox;

/// <summary>A user's list. It remembers nothing: every answer is a query, so devices need not wait for each other. A conversation is only asked
/// after the query said that the user is in it.</summary>
[Reentrant, GrainType("inbox")]
internal sealed class InboxGrain(IInboxStore store, IOptions<InboxOptions> options) : Grain, IInboxGrain
{
    private const int MaxPage = 100;

    private readonly InboxOptions _options = options.Value;

    private Guid UserId => this.GetPrimaryKey();

    public async Task<Answer<InboxPage>> List(string? cursor, int limit)
    {
        if (limit is < 1 or > MaxPage)
        {
            return Refusal.Invalid($"limit takes 1 to {MaxPage}.", "invalid_limit");
        }

        InboxCursor? below = null;
        if (cursor is not null && !ListCursor.TryRead(cursor, out below))
        {
            return Refusal.Invalid("The cursor is not one that a page of this list gave.", "bad_cursor");
        }

        try
        {
            // One more than asked for tells whether there is another page.
            var items = await store.List(UserId, below, limit + 1);
            return items.Length <= limit
                ? new InboxPage(items, null)
                : new InboxPage(items[..limit], ListCursor.Write(new InboxCursor(items[limit - 1].LastActivityAt, items[limit - 1].Id)));
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    public async Task<Answer<InboxSync>> Sync(SyncPosition[] positions)
    {
        if (positions.Length > _options.MaxPositions)
        {
            return Refusal.Invalid($"A sync takes at most {_options.MaxPositions} positions.", "too_many_positions");
        }

        if (positions.Any(p => p is null or { After: < 0 }))
        {
            return Refusal.Invalid("A position takes 0 or more.", "invalid_position");
        }

        try
        {
            return await Sync(SyncPlan.Make(positions, await Heads(positions), _options));
        }
        catch (LogUnavailableException)
        {
            return Outage();
        }
    }

    /// <summary>The newest conversations, and beyond them those that the client names: it must not lose one because it has so many.</summary>
    private async Task<MembershipHead[]> Heads(SyncPosition[] positions)
    {
        var heads = await store.Heads(UserId, _options.MaxConversations);
        if (heads.Length < _options.MaxConversations)
        {
            return heads;
        }

        var further = positions.Select(p => p.ConversationId).Except(heads.Select(h => h.ConversationId)).ToArray();
        var items = await store.Items(UserId, further);
        return heads.Concat(items.Select(i => new MembershipHead(i.Id, i.Head))).ToArray();
    }

    private async Task<Answer<InboxSync>> Sync(SyncPlan plan)
    {
        using var slots = new SemaphoreSlim(_options.MaxParallelSyncs);
        var answers = await Task.WhenAll(plan.Steps.Select(step => Sync(step, slots)));
        var refusal = answers.Select(a => a.Refusal).FirstOrDefault(r => r is not null && r.Code is not RefusalCode.NotFound);
        if (refusal is not null)
        {
            return refusal;
        }

        var added = await store.Items(UserId, plan.Added.Take(MaxPage).ToArray());

        // Who was removed between the query and the call is gone as well.
        var removed = plan.Steps.Where((_, i) => !answers[i].Ok).Select(step => step.ConversationId);
        return new InboxSync(answers.Where(a => a.Ok).Select(a => a.Value!).ToArray(), added, plan.Unknown.Concat(removed).ToArray());
    }

    private async Task<Answer<ConversationSync>> Sync(SyncStep step, SemaphoreSlim slots)
    {
        if (step.Limit == 0)
        {
            return new ConversationSync(step.ConversationId, step.Head, step.After, Array.Empty<ConversationEvent>(), More: true, Resync: false);
        }

        await slots.WaitAsync();
        try
        {
            return await GrainFactory.GetGrain<IConversationGrain>(step.ConversationId).Sync(UserId, step.After, step.Limit);
        }
        finally
        {
            slots.Release();
        }
    }

    private Refusal Outage() => Refusal.Unavailable("The list cannot be read right now.", _options.RetryAfterMs);
}
