namespace Orleans.Copying;

/// <summary>Keeps what was one object one object in the copy, and ends cycles.</summary>
internal sealed class CopyContext
{
    [ThreadStatic]
    private static CopyContext? _spare;

    private readonly Dictionary<object, object> _copies = new(ReferenceEqualityComparer.Instance);

    public static CopyContext Rent()
    {
        var context = _spare ?? new();
        _spare = null;
        return context;
    }

    public void Return()
    {
        _copies.Clear();
        _spare = this;
    }

    public bool TryGet(object original, out object? copy) => _copies.TryGetValue(original, out copy);

    public void Record(object original, object copy) => _copies[original] = copy;
}
