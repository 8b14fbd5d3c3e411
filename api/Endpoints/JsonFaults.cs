using System.Text.Json;

namespace Chat.Api.Endpoints;

/// <summary>What is wrong with a JSON body, as `reason`. The serializer has one exception type for all of it, so its words decide (they are tested).</summary>
internal static class JsonFaults
{
    public static Refusal Refuse(JsonException fault) => ReasonOf(fault) switch
    {
        "unknown_field" => Refusal.Invalid("The body has a field that is not known here.", "unknown_field"),
        "duplicate_field" => Refusal.Invalid("The body has a field twice.", "duplicate_field"),
        "missing_field" => Refusal.Invalid("The body lacks a field.", "missing_field"),
        "invalid_json" => Refusal.Invalid("The body is not JSON.", "invalid_json"),
        _ => Refusal.Invalid("A field of the body has a value that it does not take.", "invalid_value"),
    };

    private static string ReasonOf(JsonException fault) =>
        fault.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) ? "unknown_field"
        : fault.Message.StartsWith("Duplicate property", StringComparison.Ordinal) ? "duplicate_field"
        : fault.Message.Contains("missing required properties", StringComparison.Ordinal) ? "missing_field"
        : fault.InnerException is JsonException || fault.Message.Contains("does not contain any JSON tokens", StringComparison.Ordinal) ? "invalid_json"
        : "invalid_value";
}
