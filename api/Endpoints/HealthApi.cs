using Chat.Api.Delivery;
using Chat.Api.Hosting;

namespace Chat.Api.Endpoints;

public sealed record Health(string Status);

internal static class HealthApi
{
    public static void MapHealthApi(this WebApplication app)
    {
        var health = app.MapGroup("health").AddEndpointFilter(HttpAnswers.SetRetryAfter).WithTags("health");
        health.MapGet("live", () => TypedResults.Ok(new Health("live"))).Produces<Health>();
        health.MapGet("ready", Ready).Produces<Health>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Ready(DeliveryStream stream, DegradedNotice degraded, Drain drain) =>
        drain.Begun ? Problems.From(Refusal.Unavailable("This server is stopping.", retryAfterMs: 1_000))
        : !stream.Ready ? Problems.From(Refusal.Unavailable("This server has no events yet.", retryAfterMs: 1_000))
        : degraded.Current is [var worst, ..] ? Problems.From(Refusal.Unavailable("A part of the service is degraded.", retryAfterMs: 1_000) with { Reason = worst.What })
        : TypedResults.Ok(new Health("ready"));
}
