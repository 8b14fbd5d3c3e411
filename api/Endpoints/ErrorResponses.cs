using System.Text.Json;
using Chat.Api.Hubs;

namespace Chat.Api.Endpoints;

/// <summary>Whatever goes wrong on its way through the pipeline leaves as problem details, without a word of the input and without a stack trace.</summary>
internal sealed partial class ErrorResponses(RequestDelegate next, ILogger<ErrorResponses> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await (bad.InnerException is JsonException fault ? Write(context, JsonFaults.Refuse(fault)) : Write(context, bad.StatusCode));
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception lost) when (!context.Response.HasStarted)
        {
            await Write(context, lost);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            await Write(context, context.Response.StatusCode);
        }
    }

    private Task Write(HttpContext context, Exception lost)
    {
        if (GrainAnswers.IsOutage(lost))
        {
            LogOutage(logger, lost.GetType().Name);
            return Write(context, GrainAnswers.Unavailable);
        }

        LogBug(logger, lost);
        return Write(context, StatusCodes.Status500InternalServerError);
    }

    private static Task Write(HttpContext context, Refusal refusal)
    {
        HttpAnswers.SetRetryAfter(context.Response, refusal.RetryAfterMs);
        return Problems.From(refusal).ExecuteAsync(context);
    }

    private static Task Write(HttpContext context, int status) => status switch
    {
        StatusCodes.Status400BadRequest => Write(context, Refusal.Invalid("A parameter of the path or the query, or the body, is missing or not valid.")),
        StatusCodes.Status401Unauthorized => Write(context, new Refusal(RefusalCode.Unauthenticated, "An access token is needed.")),
        StatusCodes.Status403Forbidden => Write(context, Refusal.Forbidden("This is not allowed.")),
        StatusCodes.Status404NotFound => Write(context, Refusal.NotFound("resource")),
        StatusCodes.Status413PayloadTooLarge => Write(context, new Refusal(RefusalCode.TooLarge, "The body is too large.")),
        StatusCodes.Status429TooManyRequests => Write(context, new Refusal(RefusalCode.RateLimited, "Too many requests.")),
        StatusCodes.Status503ServiceUnavailable => Write(context, GrainAnswers.Unavailable),
        _ => Problems.Other(status).ExecuteAsync(context),
    };

    [LoggerMessage(LogLevel.Warning, "A request failed, because a grain did not answer ({Reason}).")]
    private static partial void LogOutage(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Error, "A request failed.")]
    private static partial void LogBug(ILogger logger, Exception bug);
}
