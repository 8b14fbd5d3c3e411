using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Copying;

/// <summary>An exception crosses a call when its type is marked, or the platform's own.</summary>
internal static class ExceptionCopy
{
    private static readonly string[] PlatformNamespaces = ["System", "Microsoft", "Azure", "Orleans"];

    public static bool CanTravel(Type type) =>
        type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)
        || (type.Namespace is { } name && Array.Exists(PlatformNamespaces, prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    public static Exception ForCaller(Exception error)
    {
        for (var each = error; each is not null; each = each.InnerException)
        {
            if (!CanTravel(each.GetType()))
            {
                return new CodecNotFoundException($"Could not find a copier for type {each.GetType()}, thrown with: {each.Message}");
            }
        }

        return error;
    }
}
