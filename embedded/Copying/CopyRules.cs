using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.Copying;

/// <summary>Which types may cross a call, and which of them are copied. As strict as generated serializers: an unmarked type does not travel.</summary>
internal static class CopyRules
{
    private static readonly ConcurrentDictionary<Type, TypeRule> Rules = new();

    private static readonly HashSet<Type> Shared =
    [
        typeof(string), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(Uri), typeof(Version), typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger), typeof(CultureInfo), typeof(IPAddress),
        typeof(IPEndPoint), typeof(Type), typeof(object), typeof(CancellationToken), typeof(GrainId), typeof(GrainType), typeof(IdSpan), typeof(StreamId),
        typeof(SiloAddress), typeof(ActivationId), typeof(GrainInterfaceType), typeof(TickStatus),
    ];

    private static readonly HashSet<Type> FieldwiseGenerics =
    [
        typeof(KeyValuePair<,>), typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>),
    ];

    public static TypeRule Of(Type type) => Rules.TryGetValue(type, out var rule) ? rule : Decide(type, []);

    private static TypeRule Decide(Type type, HashSet<Type> open)
    {
        if (Rules.TryGetValue(type, out var known))
        {
            return known;
        }

        // A type that contains itself is decided by its other members.
        if (!open.Add(type))
        {
            return TypeRule.AsIs;
        }

        var rule = Classify(type, open);
        open.Remove(type);
        if (open.Count == 0)
        {
            Rules[type] = rule;
        }

        return rule;
    }

    private static TypeRule Classify(Type type, HashSet<Type> open)
    {
        if (type.IsPrimitive || type.IsEnum || Shared.Contains(type) || typeof(Type).IsAssignableFrom(type) || typeof(GrainReference).IsAssignableFrom(type))
        {
            return TypeRule.AsIs;
        }

        if (typeof(IGrainBase).IsAssignableFrom(type))
        {
            return TypeRule.Refused($"{type} is a grain, not a reference to one: pass this.AsReference<T>().");
        }

        if (typeof(Exception).IsAssignableFrom(type))
        {
            return ExceptionCopy.CanTravel(type) ? TypeRule.AsIs : Missing(type);
        }

        if (type.IsInterface || (type.IsAbstract && !Marked(type)))
        {
            return TypeRule.Refused($"Could not find a copier for type {type}.");
        }

        if (CollectionCopiers.Find(type) is { } collection)
        {
            return Elements(type, collection, open);
        }

        if (Fieldwise(type))
        {
            return ByMembers(type, Members.Fields(type), open);
        }

        return Marked(type) ? ByMarks(type, open) : Missing(type);
    }

    /// <summary>A collection travels when what it holds can; one that cannot change, of what cannot change, is shared.</summary>
    private static TypeRule Elements(Type type, CollectionCopiers.Kind collection, HashSet<Type> open)
    {
        var rules = collection.Elements.Select(element => (element, rule: Decide(element, open))).ToArray();
        foreach (var (element, rule) in rules)
        {
            if (rule.Refusal is not null && !IsOpen(element))
            {
                return TypeRule.Refused(rule.Refusal);
            }
        }

        var unchanging = collection.IsImmutable && rules.All(each => each.rule.Shared && IsClosed(each.element));
        return unchanging ? TypeRule.AsIs : TypeRule.By(() => collection.MakeCopier(type));
    }

    private static TypeRule ByMarks(Type type, HashSet<Type> open)
    {
        var members = Members.Marked(type, out var unmarked);
        if (unmarked is not null)
        {
            return TypeRule.Refused($"{type}.{unmarked} has no [Id]: it would be lost on the way.");
        }

        var rule = ByMembers(type, members, open);
        return rule.Refusal is null && type.IsDefined(typeof(ImmutableAttribute)) ? TypeRule.AsIs : rule;
    }

    private static TypeRule ByMembers(Type type, IReadOnlyList<FieldInfo> fields, HashSet<Type> open)
    {
        var copied = new List<FieldInfo>();
        foreach (var field in fields)
        {
            var rule = Decide(field.FieldType, open);
            if (rule.Refusal is not null && !IsOpen(field.FieldType))
            {
                return TypeRule.Refused($"{rule.Refusal} ({type}.{field.Name})");
            }

            // A type that is still being decided may turn out to need copies, as an unsealed one may.
            if (!rule.Shared || open.Contains(field.FieldType) || !IsClosed(field.FieldType))
            {
                copied.Add(field);
            }
        }

        return copied.Count == 0 && (type.IsValueType || Fieldwise(type)) ? TypeRule.AsIs : TypeRule.By(() => FieldwiseCopier.Make(type, copied));
    }

    /// <summary>What is in it is only known when it is sent.</summary>
    private static bool IsOpen(Type type) => type.IsInterface || type.IsAbstract || type == typeof(object);

    private static bool IsClosed(Type type) => type.IsValueType || type.IsSealed || Shared.Contains(type) && type != typeof(object);

    private static bool Fieldwise(Type type) =>
        typeof(ITuple).IsAssignableFrom(type) && type.IsValueType
        || (type.IsGenericType && (FieldwiseGenerics.Contains(type.GetGenericTypeDefinition()) || type.GetGenericTypeDefinition() == typeof(Nullable<>)));

    private static bool Marked(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    private static TypeRule Missing(Type type) =>
        TypeRule.Refused($"Could not find a copier for type {type}. Mark it with [GenerateSerializer] and its members with [Id].");
}
