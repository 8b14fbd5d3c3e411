using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;

namespace Orleans.Copying;

/// <summary>The collections of the base library. The compiler's own (what a collection expression makes for an interface) are not among them.</summary>
internal static class CollectionCopiers
{
    private static readonly Dictionary<Type, (string Method, bool Immutable)> Known = new()
    {
        [typeof(List<>)] = (nameof(List), false),
        [typeof(HashSet<>)] = (nameof(HashSet), false),
        [typeof(Queue<>)] = (nameof(Queue), false),
        [typeof(Stack<>)] = (nameof(Stack), false),
        [typeof(SortedSet<>)] = (nameof(SortedSet), false),
        [typeof(ReadOnlyCollection<>)] = (nameof(ReadOnlyCollection), false),
        [typeof(Dictionary<,>)] = (nameof(Dictionary), false),
        [typeof(SortedDictionary<,>)] = (nameof(SortedDictionary), false),
        [typeof(ReadOnlyMemory<>)] = (nameof(ReadOnlyMemory), false),
        [typeof(ImmutableArray<>)] = (nameof(ImmutableArrayOf), true),
        [typeof(ImmutableList<>)] = (nameof(ImmutableListOf), true),
        [typeof(ImmutableHashSet<>)] = (nameof(ImmutableHashSetOf), true),
        [typeof(ImmutableDictionary<,>)] = (nameof(ImmutableDictionaryOf), true),
    };

    public static Kind? Find(Type type)
    {
        if (type.IsArray)
        {
            return type.GetArrayRank() == 1 ? new([type.GetElementType()!], nameof(Array), IsImmutable: false) : null;
        }

        return type.IsGenericType && Known.TryGetValue(type.GetGenericTypeDefinition(), out var found)
            ? new(type.GetGenericArguments(), found.Method, found.Immutable)
            : null;
    }

    private static T[] Array<T>(T[] source, CopyContext context)
    {
        if (source.Length == 0)
        {
            return source;
        }

        var copy = (T[])source.Clone();
        context.Record(source, copy);
        for (var index = 0; index < copy.Length; index++)
        {
            copy[index] = Copier<T>.Copy(copy[index], context);
        }

        return copy;
    }

    private static List<T> List<T>(List<T> source, CopyContext context) =>
        Fill(source, new List<T>(source.Count), context, static (copy, item) => copy.Add(item));

    private static HashSet<T> HashSet<T>(HashSet<T> source, CopyContext context) =>
        Fill(source, new HashSet<T>(source.Count, source.Comparer), context, static (copy, item) => copy.Add(item));

    private static Queue<T> Queue<T>(Queue<T> source, CopyContext context) =>
        Fill(source, new Queue<T>(source.Count), context, static (copy, item) => copy.Enqueue(item));

    private static Stack<T> Stack<T>(Stack<T> source, CopyContext context) =>
        Fill(source.Reverse(), new Stack<T>(source.Count), context, static (copy, item) => copy.Push(item), source);

    private static SortedSet<T> SortedSet<T>(SortedSet<T> source, CopyContext context) =>
        Fill(source, new SortedSet<T>(source.Comparer), context, static (copy, item) => copy.Add(item));

    private static ReadOnlyCollection<T> ReadOnlyCollection<T>(ReadOnlyCollection<T> source, CopyContext context) =>
        new(source.Select(item => Copier<T>.Copy(item, context)).ToArray());

    private static ReadOnlyMemory<T> ReadOnlyMemory<T>(ReadOnlyMemory<T> source, CopyContext context) => Array(source.ToArray(), context);

    private static Dictionary<TKey, TValue> Dictionary<TKey, TValue>(Dictionary<TKey, TValue> source, CopyContext context)
        where TKey : notnull =>
        Fill(source, new Dictionary<TKey, TValue>(source.Count, source.Comparer), context, static (copy, pair) => copy.Add(pair.Key, pair.Value));

    private static SortedDictionary<TKey, TValue> SortedDictionary<TKey, TValue>(SortedDictionary<TKey, TValue> source, CopyContext context)
        where TKey : notnull =>
        Fill(source, new SortedDictionary<TKey, TValue>(source.Comparer), context, static (copy, pair) => copy.Add(pair.Key, pair.Value));

    private static ImmutableArray<T> ImmutableArrayOf<T>(ImmutableArray<T> source, CopyContext context) =>
        source.IsDefault ? source : source.Select(item => Copier<T>.Copy(item, context)).ToImmutableArray();

    private static ImmutableList<T> ImmutableListOf<T>(ImmutableList<T> source, CopyContext context) =>
        source.Select(item => Copier<T>.Copy(item, context)).ToImmutableList();

    private static ImmutableHashSet<T> ImmutableHashSetOf<T>(ImmutableHashSet<T> source, CopyContext context) =>
        source.Select(item => Copier<T>.Copy(item, context)).ToImmutableHashSet(source.KeyComparer);

    private static ImmutableDictionary<TKey, TValue> ImmutableDictionaryOf<TKey, TValue>(ImmutableDictionary<TKey, TValue> source, CopyContext context)
        where TKey : notnull =>
        source.Select(pair => Copier<KeyValuePair<TKey, TValue>>.Copy(pair, context)).ToImmutableDictionary(source.KeyComparer, source.ValueComparer);

    private static TCollection Fill<TCollection, T>(
        IEnumerable<T> source, TCollection copy, CopyContext context, Action<TCollection, T> add, object? original = null)
        where TCollection : class
    {
        context.Record(original ?? source, copy);
        foreach (var item in source)
        {
            add(copy, Copier<T>.Copy(item, context));
        }

        return copy;
    }

    public sealed record Kind(Type[] Elements, string Method, bool IsImmutable)
    {
        public Delegate MakeCopier(Type type) =>
            typeof(CollectionCopiers).GetMethod(Method, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(Elements)
                .CreateDelegate(typeof(Func<,,>).MakeGenericType(type, typeof(CopyContext), type));
    }
}
