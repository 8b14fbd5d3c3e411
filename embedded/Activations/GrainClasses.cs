using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>The grain classes of the loaded assemblies, by interface and by grain type.</summary>
internal static class GrainClasses
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<Assembly> Scanned = [];
    private static readonly HashSet<string> Followed = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<GrainType, Lazy<GrainClass>> ByType = new();
    private static readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainType> ByInterface = new();
    private static readonly ConcurrentDictionary<string, GrainType[]> ByNamespace = new(StringComparer.Ordinal);
    private static readonly List<(Type Type, GrainType GrainType)> Classes = [];

    public static GrainClass Of(GrainType type) =>
        ByType.TryGetValue(type, out var found) || (Scan() && ByType.TryGetValue(type, out found))
            ? found.Value
            : throw new ArgumentException($"There is no grain class of type '{type}'.", nameof(type));

    public static bool Knows(GrainType type) => ByType.ContainsKey(type) || (Scan() && ByType.ContainsKey(type));

    public static GrainType Implementing(Type interfaceType, string? classNamePrefix) =>
        ByInterface.TryGetValue((interfaceType, classNamePrefix), out var type)
            ? type
            : ByInterface.GetOrAdd((interfaceType, classNamePrefix), static key => Find(key.Interface, key.Prefix));

    public static IReadOnlyList<GrainType> ListeningTo(string? streamNamespace) =>
        ByNamespace.TryGetValue(streamNamespace ?? "", out var listening) ? listening : ByNamespace.GetOrAdd(streamNamespace ?? "", FindListening);

    private static GrainType[] FindListening(string streamNamespace)
    {
        Scan();
        lock (Gate)
        {
            return Classes.Where(each => each.Type.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>().Any(
                attribute => string.Equals(attribute.Namespace, streamNamespace, StringComparison.Ordinal))).Select(each => each.GrainType).ToArray();
        }
    }

    private static GrainType Find(Type interfaceType, string? prefix)
    {
        Scan();
        lock (Gate)
        {
            var found = Classes.Where(each => interfaceType.IsAssignableFrom(each.Type)
                && (prefix is null || each.Type.FullName!.StartsWith(prefix, StringComparison.Ordinal))).ToArray();
            if (found.Length > 1 && interfaceType.GetCustomAttribute<DefaultGrainTypeAttribute>() is { } preferred)
            {
                return GrainType.Create(preferred.GrainType);
            }

            return found.Length switch
            {
                1 => found[0].GrainType,
                0 => throw new ArgumentException($"Could not find an implementation for interface {interfaceType}", nameof(interfaceType)),
                _ => throw new ArgumentException(
                    $"Unable to identify a single appropriate grain type for interface {interfaceType}. Candidates: {string.Join(", ", found.Select(each => each.GrainType))}",
                    nameof(interfaceType)),
            };
        }
    }

    /// <returns>True, for the callers' sake.</returns>
    private static bool Scan()
    {
        lock (Gate)
        {
            var engine = typeof(GrainClasses).Assembly;
            if (Assembly.GetEntryAssembly() is { } entry)
            {
                Follow(entry);
            }

            foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(each => !each.IsDynamic))
            {
                if (assembly == engine || Array.Exists(assembly.GetReferencedAssemblies(), name => string.Equals(name.Name, engine.GetName().Name, StringComparison.Ordinal)))
                {
                    Read(assembly);
                }
            }

            return true;
        }
    }

    /// <summary>An assembly that is referenced may not be loaded yet.</summary>
    private static void Follow(Assembly assembly)
    {
        foreach (var name in assembly.GetReferencedAssemblies())
        {
            if (!name.Name!.StartsWith("System.", StringComparison.Ordinal) && !name.Name.StartsWith("Microsoft.", StringComparison.Ordinal) && Followed.Add(name.Name))
            {
                Follow(Assembly.Load(name));
            }
        }
    }

    private static void Read(Assembly assembly)
    {
        if (!Scanned.Add(assembly))
        {
            return;
        }

        foreach (var type in assembly.GetTypes().Where(each => each is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false } && typeof(IGrainBase).IsAssignableFrom(each)))
        {
            var name = GrainClassName(type);
            if (!ByType.TryAdd(name, new(() => new GrainClass(type))))
            {
                throw new InvalidOperationException($"Two grain classes have the type '{name}'; the second is {type}. Name one with [GrainType].");
            }

            Classes.Add((type, name));
        }
    }

    private static GrainType GrainClassName(Type type) => GrainType.Create(GrainClass.NameOf(type));
}
