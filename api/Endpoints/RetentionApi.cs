using System.Security.Claims;
using Chat.Api.Auth;
using Chat.Retention;
using Microsoft.AspNetCore.Mvc;
using Orleans;

namespace Chat.Api.Endpoints;

internal static class RetentionApi
{
    public static void MapRetentionApi(this IEndpointRouteBuilder admin)
    {
        var retention = admin.MapGroup("/retention");
        retention.MapGet("", Reports).Produces<RetentionReports>();
        retention.MapPost("/run", Run).Produces<RetentionReport>().Produces<RetentionReport>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);
        retention.MapGet("/holds", Holds).Produces<LegalHolds>();
        retention.MapPut("/holds/{conversationId}", Hold).Produces<LegalHold>().ProducesProblem(StatusCodes.Status404NotFound);
        retention.MapDelete("/holds/{conversationId}", Release).Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static Task<IResult> Reports(IGrainFactory grains) => Retention(grains).Reports().ToHttp();

    private static Task<IResult> Run(RunRetentionRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        Retention(grains).Run(user.UserId(), new RunRetention(request.DryRun, request.Force, request.Reason)).ToHttp(report =>
            report.Outcome is RunOutcome.Running ? TypedResults.Accepted("/api/admin/retention", report) : TypedResults.Ok(report));

    private static Task<IResult> Holds(IGrainFactory grains) => Retention(grains).Holds().ToHttp();

    private static Task<IResult> Hold(Guid conversationId, HoldRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        Retention(grains).Hold(user.UserId(), conversationId, request.Reason).ToHttp();

    private static Task<IResult> Release(Guid conversationId, [FromBody] HoldRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        Retention(grains).Release(user.UserId(), conversationId, request.Reason).ToHttp(_ => TypedResults.NoContent());

    private static IRetentionGrain Retention(IGrainFactory grains) => grains.GetGrain<IRetentionGrain>(0);
}
