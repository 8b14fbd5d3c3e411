using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Copying;

/// <summary>Copies what crosses a call, so that caller and callee share nothing that can change. Made once per type.</summary>
internal static class Copier<T>
{
    private static readonly bool Exact = typeof(T).IsValueType || typeof(T).IsSealed;
    private static readonly TypeRule Rule = CopyRules.Of(typeof(T));
    private static readonly bool AsIs = Exact && Rule is { Refusal: null, Shared: true };
    private static readonly Func<T, CopyContext, T>? Deep = Rule is { Refusal: null, Shared: false } ? (Func<T, CopyContext, T>?)Rule.MakeCopier?.Invoke() : null;

    /// <summary>Copies one argument, result or event.</summary>
    public static T Copy(T value)
    {
        if (AsIs || value is null)
        {
            return value;
        }

        var context = CopyContext.Rent();
        try
        {
            return Copy(value, context);
        }
        finally
        {
            context.Return();
        }
    }

    /// <summary>For what is marked immutable where it is used: not copied, but it must be able to travel.</summary>
    public static T Check(T value)
    {
        if (!AsIs && value is not null)
        {
            CopyRules.Of(value.GetType()).ThrowIfRefused();
        }

        return value;
    }

    public static T Copy(T value, CopyContext context)
    {
        if (AsIs || value is null)
        {
            return value;
        }

        if (!Exact && value.GetType() != typeof(T))
        {
            return (T)AnyCopier.Of(value.GetType()).CopyAny(value, context);
        }

        Rule.ThrowIfRefused();
        if (Rule.Shared)
        {
            return value;
        }

        if (!typeof(T).IsValueType && context.TryGet(value, out var copy))
        {
            return (T)copy!;
        }

        return Deep!(value, context);
    }
}

/// <summary>The way in when only the run-time type is known.</summary>
internal abstract class AnyCopier
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, AnyCopier> Copiers = new();

    public static AnyCopier Of(Type type) =>
        Copiers.TryGetValue(type, out var copier)
            ? copier
            : Copiers.GetOrAdd(type, static type => (AnyCopier)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(type), nonPublic: true)!);

    public abstract object CopyAny(object value, CopyContext context);

    private sealed class Typed<T> : AnyCopier
    {
        public override object CopyAny(object value, CopyContext context) => Copier<T>.Copy((T)value, context)!;
    }
}

/// <summary>What happens to values of a type: shared as they are, copied, or refused.</summary>
internal sealed record TypeRule(bool Shared, Func<Delegate>? MakeCopier, string? Refusal)
{
    public static readonly TypeRule AsIs = new(Shared: true, MakeCopier: null, Refusal: null);

    public static TypeRule By(Func<Delegate> makeCopier) => new(Shared: false, makeCopier, Refusal: null);

    public static TypeRule Refused(string why) => new(Shared: false, MakeCopier: null, why);

    public void ThrowIfRefused()
    {
        if (Refusal is not null)
        {
            throw new CodecNotFoundException(Refusal);
        }
    }
}
