namespace Chat.Grains.Conversations;

/// <summary>Which frontends host which members now. A member whose routes are not known yet goes to every live frontend, which looks for local connections itself:
/// knowing routes saves work, it never decides who gets an event.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<Guid, string[]> _known = [];
    private IReadOnlyCollection<Guid> _members = [];
    private KeyValuePair<string, Guid[]>[]? _byFrontend;
    private Guid[] _everywhere = [];

    /// <summary>Members to tell through every live frontend.</summary>
    public Guid[] Everywhere
    {
        get
        {
            Group();
            return _everywhere;
        }
    }

    /// <summary>Members to tell by frontend.</summary>
    public KeyValuePair<string, Guid[]>[] ByFrontend => Group();

    /// <summary>Answers those whose routes are known.</summary>
    public IReadOnlySet<Guid> SetMembers(IReadOnlyCollection<Guid> members)
    {
        _members = members;
        foreach (var gone in _known.Keys.Where(m => !members.Contains(m)).ToArray())
        {
            _known.Remove(gone);
        }

        _byFrontend = null;
        return _known.Keys.ToHashSet();
    }

    /// <summary>True when the member gained a frontend.</summary>
    public bool Set(Guid userId, string[] frontendIds)
    {
        var before = _known.GetValueOrDefault(userId) ?? [];
        _known[userId] = frontendIds;
        _byFrontend = null;
        return frontendIds.Except(before, StringComparer.Ordinal).Any();
    }

    private KeyValuePair<string, Guid[]>[] Group()
    {
        if (_byFrontend is { } current)
        {
            return current;
        }

        _everywhere = [.. _members.Where(m => !_known.ContainsKey(m))];
        return _byFrontend =
        [
            .. _members
                .Where(_known.ContainsKey)
                .SelectMany(m => _known[m], (m, frontend) => (frontend, m))
                .GroupBy(r => r.frontend, r => r.m, StringComparer.Ordinal)
                .Select(g => KeyValuePair.Create(g.Key, g.ToArray())),
        ];
    }
}
