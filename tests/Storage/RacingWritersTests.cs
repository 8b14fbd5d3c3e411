using Chat.Grains.Storage;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Storage;

/// <summary>Two writers that each believe to own every conversation. Whatever they do, each log stays 1, 2, 3, and holds exactly what was answered as committed.</summary>
public sealed class RacingWritersTests(Stores stores) : IClassFixture<Stores>
{
    private const int Conversations = 4;

    [Theory, ClassData(typeof(EveryStore))]
    public async Task TwoWriters_KeepOneOrder(StoreKind kind)
    {
        var log = await stores.Log(kind);
        var step = Gen.Zip(Gen.Choose(1, 3).ListOf(Conversations), Gen.Choose(-1, 1).ListOf(Conversations));
        var plan = Gen.Zip(step.ListOf(12), step.ListOf(12)).ToArbitrary();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(15),
            Prop.ForAll(plan, p => Race(log, p.Item1.Select(Unpack).ToArray(), p.Item2.Select(Unpack).ToArray()).GetAwaiter().GetResult()));

        static (int[] Counts, int[] Errors) Unpack((List<int> Counts, List<int> Errors) step) => (step.Counts.ToArray(), step.Errors.ToArray());
    }

    private static async Task<bool> Race(IMessageLog log, (int[] Counts, int[] Errors)[] one, (int[] Counts, int[] Errors)[] other)
    {
        var ids = new Guid[Conversations];
        for (var i = 0; i < ids.Length; i++)
        {
            var conversation = Samples.Group(Samples.NewId());
            await log.Create(conversation);
            ids[i] = conversation.Id;
        }

        var committed = await Task.WhenAll(Task.Run(() => Write(log, ids, one)), Task.Run(() => Write(log, ids, other)));
        foreach (var id in ids)
        {
            var stored = await log.Read(id, 0, long.MaxValue, 10_000, newest: false);
            stored.Select(e => e.Event.Sequence!.Value).ShouldBe(Enumerable.Range(1, stored.Length).Select(n => (long)n));
            stored.Select(e => e.Event.MessageId).ShouldBe(
                committed.SelectMany(c => c).Where(e => e.Event.ConversationId == id).OrderBy(e => e.Event.Sequence).Select(e => e.Event.MessageId));
            (await log.Load(id, 1))!.Conversation.Head.ShouldBe(stored.Length);
        }

        return true;
    }

    /// <summary>Appends where the head was last seen, or beside it, and looks again after a refusal.</summary>
    private static async Task<List<LogEntry>> Write(IMessageLog log, Guid[] ids, (int[] Counts, int[] Errors)[] steps)
    {
        var sender = Samples.NewId();
        var heads = new long[ids.Length];
        var committed = new List<LogEntry>();
        foreach (var (counts, errors) in steps)
        {
            var entries = ids.SelectMany((id, c) => Enumerable.Range(1, counts[c]).Select(n => Samples.Message(id, Math.Max(1, heads[c] + n + errors[c]), sender)))
                .DistinctBy(e => (e.Event.ConversationId, e.Event.Sequence)).ToArray();
            var results = await log.Append(entries);
            committed.AddRange(entries.Where(e => results[e.Event.ConversationId] == AppendResult.Committed));
            for (var c = 0; c < ids.Length; c++)
            {
                heads[c] = (await log.Load(ids[c], 1))!.Conversation.Head;
            }
        }

        return committed;
    }
}
