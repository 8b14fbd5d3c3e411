using Chat.Delivery;

namespace Chat.Api.Delivery;

/// <summary>What the silos say is degraded, merged: what is degraded at one of them is, since the earliest time that one names. A silo that is not heard any more has no say.</summary>
internal sealed class SiloDegradations(TimeSpan silence, TimeProvider time)
{
    private readonly Dictionary<string, (Degradation[] Degraded, long HeardAt)> _silos = new(StringComparer.Ordinal);

    public Degradation[] Current { get; private set; } = [];

    /// <summary>What began, and what is over.</summary>
    public (Degradation[] Began, Degradation[] Over) On(string publisher, Degradation[] degraded)
    {
        _silos[publisher] = (degraded, time.GetTimestamp());
        foreach (var gone in _silos.Where(s => time.GetElapsedTime(s.Value.HeardAt) > silence).Select(s => s.Key).ToArray())
        {
            _silos.Remove(gone);
        }

        var before = Current;
        Current = [.. _silos.Values.SelectMany(s => s.Degraded).GroupBy(d => d.What, StringComparer.Ordinal).Select(what => what.MinBy(d => d.Since)!)];
        return (Without(Current, before), Without(before, Current));
    }

    private static Degradation[] Without(Degradation[] these, Degradation[] those) => Array.FindAll(these, d => !Array.Exists(those, o => o.What == d.What));
}
