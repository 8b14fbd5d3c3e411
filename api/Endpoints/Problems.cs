using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Api.Endpoints;

/// <summary>A refusal as RFC 9457 problem details with `code`, `reason?` and `retryAfterMs?`: the one place that knows the status of each code.</summary>
public static class Problems
{
    public static ProblemHttpResult From(Refusal refusal)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = CodeOf(refusal) };
        if (refusal.Reason is not null)
        {
            extensions["reason"] = refusal.Reason;
        }

        if (refusal.RetryAfterMs is { } wait)
        {
            extensions["retryAfterMs"] = wait;
        }

        return TypedResults.Problem(refusal.Message, statusCode: StatusOf(refusal.Code), extensions: extensions);
    }

    /// <summary>A status that no refusal has: HTTP's own, or a bug of ours.</summary>
    public static ProblemHttpResult Other(int status)
    {
        var (code, reason) = status switch
        {
            StatusCodes.Status405MethodNotAllowed => ("invalid_request", "method_not_allowed"),
            StatusCodes.Status406NotAcceptable => ("invalid_request", "not_acceptable"),
            StatusCodes.Status415UnsupportedMediaType => ("invalid_request", "unsupported_media_type"),
            >= 500 => ("internal_error", null),
            _ => ("invalid_request", (string?)null),
        };
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = code };
        if (reason is not null)
        {
            extensions["reason"] = reason;
        }

        return TypedResults.Problem(statusCode: status, extensions: extensions);
    }

    /// <summary>The code as the wire spells it, on REST and in the hub's answers.</summary>
    public static string CodeOf(Refusal refusal) => JsonNamingPolicy.SnakeCaseLower.ConvertName(refusal.Code.ToString());

    public static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.InvalidRequest => StatusCodes.Status400BadRequest,
        RefusalCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        RefusalCode.Forbidden => StatusCodes.Status403Forbidden,
        RefusalCode.NotFound => StatusCodes.Status404NotFound,
        RefusalCode.Conflict => StatusCodes.Status409Conflict,
        RefusalCode.Resync => StatusCodes.Status410Gone,
        RefusalCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        RefusalCode.Rejected => StatusCodes.Status422UnprocessableEntity,
        RefusalCode.RateLimited => StatusCodes.Status429TooManyRequests,
        RefusalCode.Overloaded or RefusalCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new System.Diagnostics.UnreachableException($"{code} has no status."),
    };
}
