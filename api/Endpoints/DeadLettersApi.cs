using System.Security.Claims;
using Chat.Api.Auth;
using Chat.DeadLetters;
using Orleans;

namespace Chat.Api.Endpoints;

internal static class DeadLettersApi
{
    public static void MapDeadLettersApi(this IEndpointRouteBuilder admin)
    {
        var letters = admin.MapGroup("/dead-letters");
        letters.MapGet("", List).Produces<DeadLetterPage>();
        letters.MapGet("/{id}", Inspect).Produces<DeadLetterItem>().ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapPost("/{id}/redrive", Redrive).Produces<DeadLetterItem>()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        letters.MapPost("/redrive", RedriveAll).Produces<RedriveResults>();
        letters.MapPost("/{id}/discard", Discard).Produces<DeadLetterItem>()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> List(string? state, Guid? conversationId, string? cursor, int? limit, IGrainFactory grains)
    {
        DeadLetterState? which = state switch
        {
            null or "dead" => DeadLetterState.Dead,
            "redriven" => DeadLetterState.Redriven,
            "discarded" => DeadLetterState.Discarded,
            _ => null,
        };
        return (Paging.CheckLimit(limit) ?? (which is null ? Refusal.Invalid("state takes dead, redriven or discarded.", "invalid_state") : null)) is { } wrong
            ? Problems.From(wrong)
            : await Letters(grains).List(which!.Value, conversationId, cursor, limit ?? Paging.DefaultLimit).ToHttp();
    }

    private static Task<IResult> Inspect(Guid id, ClaimsPrincipal user, Operators operators, IGrainFactory grains) =>
        (operators.MayReadContent(user) ? Letters(grains).Read(id, user.UserId()) : Letters(grains).Inspect(id)).ToHttp();

    private static Task<IResult> Redrive(Guid id, ClaimsPrincipal user, IGrainFactory grains) => Letters(grains).Redrive(id, user.UserId()).ToHttp();

    private static Task<IResult> RedriveAll(RedriveRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        Letters(grains).RedriveAll(request.Ids, user.UserId()).ToHttp();

    private static Task<IResult> Discard(Guid id, DiscardRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        Letters(grains).Discard(id, user.UserId(), request.Reason).ToHttp();

    private static IDeadLettersGrain Letters(IGrainFactory grains) => grains.GetGrain<IDeadLettersGrain>(0);
}
