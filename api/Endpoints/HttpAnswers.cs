using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Api.Endpoints;

/// <summary>Grains' answers as HTTP's.</summary>
internal static class HttpAnswers
{
    public static async Task<IResult> ToHttp<T>(this Task<Answer<T>> call, Func<T, IResult>? accepted = null)
        where T : class
    {
        var answer = await call;
        return answer.Ok ? accepted?.Invoke(answer.Value) ?? TypedResults.Ok(answer.Value) : Problems.From(answer.Refusal);
    }

    /// <summary>Sets `Retry-After` where a handler answered with a problem that has `retryAfterMs`.</summary>
    public static async ValueTask<object?> SetRetryAfter(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (((result as INestedHttpResult)?.Result ?? result) is ProblemHttpResult { ProblemDetails: var problem } && problem.Extensions.TryGetValue("retryAfterMs", out var wait))
        {
            SetRetryAfter(context.HttpContext.Response, wait as int?);
        }

        return result;
    }

    public static void SetRetryAfter(HttpResponse response, int? retryAfterMs)
    {
        if (retryAfterMs is { } wait)
        {
            response.Headers.RetryAfter = ((wait + 999) / 1_000).ToString();
        }
    }
}
