namespace Orleans.Runtime;

/// <summary>Values that flow from the caller to the callee, and never back.</summary>
public static class RequestContext
{
    private const string ReentrancyKey = "#CCR";
    private static readonly AsyncLocal<Dictionary<string, object>?> Current = new();

    public static Guid ReentrancyId
    {
        get => ReentrancyOf(Current.Value);
        set
        {
            if (value == Guid.Empty)
            {
                Remove(ReentrancyKey);
            }
            else
            {
                Set(ReentrancyKey, value);
            }
        }
    }

    public static IEnumerable<string> Keys => Current.Value?.Keys ?? Enumerable.Empty<string>();

    public static IEnumerable<KeyValuePair<string, object>> Entries => Current.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>A dictionary that is in the context is never changed again, so a call carries it without copying.</summary>
    internal static Dictionary<string, object>? Snapshot
    {
        get => Current.Value;
        set => Current.Value = value;
    }

    public static object? Get(string key) => Current.Value is { } values && values.TryGetValue(key, out var value) ? value : null;

    public static void Set(string key, object value) =>
        Current.Value = new(Current.Value ?? [], StringComparer.Ordinal) { [key] = value };

    public static bool Remove(string key)
    {
        if (Current.Value is not { } values || !values.ContainsKey(key))
        {
            return false;
        }

        var rest = new Dictionary<string, object>(values, StringComparer.Ordinal);
        rest.Remove(key);
        Current.Value = rest.Count == 0 ? null : rest;
        return true;
    }

    public static void Clear() => Current.Value = null;

    public static ReentrancySection AllowCallChainReentrancy()
    {
        var original = ReentrancyId;
        return new(original, original == Guid.Empty ? new Guid(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)) : original);
    }

    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    /// <summary>Only what differs is set: that costs an execution context.</summary>
    internal static void Restore(Dictionary<string, object>? values)
    {
        if (!ReferenceEquals(Current.Value, values))
        {
            Current.Value = values;
        }
    }

    internal static Guid ReentrancyOf(Dictionary<string, object>? values) =>
        values is not null && values.TryGetValue(ReentrancyKey, out var value) && value is Guid id ? id : Guid.Empty;

    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _new;

        internal ReentrancySection(Guid original, Guid newId)
        {
            _original = original;
            _new = newId;
            if (newId != original)
            {
                ReentrancyId = newId;
            }

            if (newId != Guid.Empty)
            {
                RuntimeContext.Current?.EnterReentrantSection(newId);
            }
        }

        public void Dispose()
        {
            if (_new != Guid.Empty)
            {
                RuntimeContext.Current?.LeaveReentrantSection(_new);
            }

            if (_new != _original)
            {
                ReentrancyId = _original;
            }
        }
    }
}
