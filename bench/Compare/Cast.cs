using Chat.Bench.Load;

namespace Chat.Bench.Compare;

/// <summary>200 users in 100 direct conversations.</summary>
internal sealed record Cast(PlannedUser[] Users, PlannedPair[] Pairs)
{
    public const int Size = 200;

    public static IEnumerable<(int First, int Second)> Places => Enumerable.Range(0, Size / 2).Select(pair => (pair * 2, (pair * 2) + 1));
}
