using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;

namespace Chat.Bench.Load;

/// <summary>The members of one run, and what they share.</summary>
internal sealed class LoadRun(LoadPlan plan) : IDisposable
{
    private readonly record struct Repetition(Member Member, int Number, long DueAt);

    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Repetition> _repetitions = new();
    private volatile Measurement? _measurement;
    private volatile bool _keepsWindowFull;

    public LoadPlan Plan => plan;

    public byte[] RunPrefix { get; } = Encoding.ASCII.GetBytes(plan.Run + ".");

    /// <summary>120 bytes.</summary>
    public byte[] Content { get; } = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("The quick brown fox jumps. ", 5))[..120]);

    public Member[] Members { get; private set; } = [];

    public Measurement? Measurement => _measurement;

    /// <summary>Closed loop: every acknowledgement is followed by the next send.</summary>
    public bool KeepsWindowFull => _keepsWindowFull;

    public async Task Connect()
    {
        var server = IPEndPoint.Parse(plan.Server);
        var conversations = plan.Pairs
            .SelectMany(pair => new[] { (User: pair.First, pair.ConversationId), (User: pair.Second, pair.ConversationId) })
            .OrderBy(place => place.User);
        Members = conversations.Select(place => new Member(this, place.User, place.ConversationId)).ToArray();
        for (var i = 0; i < Members.Length; i++)
        {
            await Members[i].Connect(server, HubPath(plan.Users[i]));
        }
    }

    public static string HubPath(PlannedUser user) => $"/hubs/chat?access_token={Uri.EscapeDataString(user.Token)}";

    public void StartMeasuring() => _measurement = new Measurement(plan);

    public LoopFigures StopMeasuring()
    {
        var measured = _measurement!;
        _measurement = null;
        return measured.Finish();
    }

    public void FillWindows()
    {
        _keepsWindowFull = true;
        foreach (var member in Members)
        {
            for (var i = 0; i < plan.Window; i++)
            {
                member.Send(Stopwatch.GetTimestamp());
            }

            member.Flush();
        }
    }

    public void StopSending() => _keepsWindowFull = false;

    public void OnRefused(string code) => _refusals.AddOrUpdate(code, 1, (_, count) => count + 1);

    public void Repeat(Member member, int number, int afterMs) =>
        _repetitions.Enqueue(new Repetition(member, number, Stopwatch.GetTimestamp() + (afterMs * Stopwatch.Frequency / 1000)));

    /// <summary>Waits, and meanwhile repeats what was refused.</summary>
    public async Task Wait(double seconds, Func<bool>? until = null)
    {
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && until?.Invoke() != true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            for (var waiting = _repetitions.Count; waiting > 0 && _repetitions.TryDequeue(out var next); waiting--)
            {
                if (next.DueAt <= Stopwatch.GetTimestamp())
                {
                    next.Member.SendAgain(next.Number);
                }
                else
                {
                    _repetitions.Enqueue(next);
                }
            }
        }
    }

    /// <summary>Until every send is acknowledged and delivered, or 20 s.</summary>
    public Task Drain()
    {
        StopSending();
        return Wait(20, () => Members.Sum(member => member.Sent) is var sent
            && Members.Sum(member => member.Acked) == sent && Members.Sum(member => member.Delivered) == sent);
    }

    public LoadResult Result(double? idleKiB, LoopFigures closed, LoopFigures open)
    {
        var conversations = Members.GroupBy(member => member.ConversationId).Select(pair =>
            new ConversationTally(pair.Key, pair.Sum(member => member.Acked), pair.Sum(member => member.SequenceSum)));
        return new LoadResult(idleKiB, closed, open, conversations.ToArray(), new(_refusals, StringComparer.Ordinal), Faults().ToArray());
    }

    public void Dispose()
    {
        foreach (var member in Members)
        {
            member.Close();
        }
    }

    private IEnumerable<string> Faults()
    {
        var sent = Members.Sum(member => member.Sent);
        var acked = Members.Sum(member => member.Acked);
        var delivered = Members.Sum(member => member.Delivered);
        var disordered = Members.Sum(member => member.Disordered);
        if (sent != acked)
        {
            yield return $"{sent} sent, {acked} acknowledged";
        }

        foreach (var pair in Members.GroupBy(member => member.ConversationId).Where(pair => pair.Sum(m => m.Acked) != pair.Sum(m => m.Delivered)).Take(3))
        {
            yield return $"conversation {pair.Key}: {pair.Sum(m => m.Acked)} acknowledged, {pair.Sum(m => m.Delivered)} delivered";
        }

        if (acked != delivered)
        {
            yield return $"{acked} acknowledged, {delivered} delivered";
        }

        if (disordered > 0)
        {
            yield return $"{disordered} deliveries doubled or out of order";
        }

        foreach (var failures in Members.Where(member => member.Failure is not null).GroupBy(member => member.Failure, StringComparer.Ordinal))
        {
            yield return $"{failures.Count()} connections ended: {failures.Key}";
        }
    }
}
