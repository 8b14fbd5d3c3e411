using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.Copying;

/// <summary>The fields of a type that a generated serializer would write.</summary>
internal static class Members
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<FieldInfo> Fields(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(Exception); level = level.BaseType)
        {
            fields.AddRange(level.GetFields(Own));
        }

        return fields;
    }

    public static IReadOnlyList<FieldInfo> Marked(Type type, out string? unmarked)
    {
        unmarked = null;
        var fields = Fields(type);
        foreach (var field in fields)
        {
            if (!field.IsDefined(typeof(NonSerializedAttribute)) && !IsMarked(field))
            {
                unmarked = NameOf(field);
                break;
            }
        }

        return fields;
    }

    private static bool IsMarked(FieldInfo field)
    {
        var declaring = field.DeclaringType!;
        if (field.IsDefined(typeof(IdAttribute)))
        {
            return true;
        }

        var name = NameOf(field);
        var attribute = declaring.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false);
        if (declaring.GetProperty(name, Own) is not { } property)
        {
            // A parameter of a primary constructor that is captured by a method of a class.
            return false;
        }

        return property.IsDefined(typeof(IdAttribute))
            || attribute is { GenerateFieldIds: GenerateFieldIds.PublicProperties } && property.GetMethod is { IsPublic: true }
            || attribute is { IncludePrimaryConstructorParameters: true } && IsRecord(declaring) && IsPrimaryParameter(declaring, property);
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$", Own) is not null || type.GetMethod("PrintMembers", Own) is { ReturnType: var result } && result == typeof(bool);

    private static bool IsPrimaryParameter(Type type, PropertyInfo property) =>
        type.GetConstructors(Own).Any(constructor => Array.Exists(
            constructor.GetParameters(), parameter => string.Equals(parameter.Name, property.Name, StringComparison.Ordinal) && parameter.ParameterType == property.PropertyType));

    private static string NameOf(FieldInfo field) =>
        field.IsDefined(typeof(CompilerGeneratedAttribute)) && field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
