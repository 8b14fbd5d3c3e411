namespace Orleans.Runtime;

/// <summary>The activation whose turn this thread runs.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static Activations.Activation? _current;

    public static Activations.Activation? Current
    {
        get => _current;
        set => _current = value;
    }
}
