using System.Security.Claims;
using Chat.Api.Auth;
using Chat.Api.Hubs;
using Chat.Conversations;
using Orleans;

namespace Chat.Api.Endpoints;

internal static class MessagesApi
{
    public static void MapMessagesApi(this IEndpointRouteBuilder api)
    {
        var conversation = api.MapGroup("/api/conversations/{id}").WithTags("messages").RequireAuthorization();
        conversation.MapGet("/messages", History).Produces<HistoryPage>();
        conversation.MapPost("/messages", Send).Produces<Receipt>().Produces<Receipt>(StatusCodes.Status201Created).Produces<Receipt>(StatusCodes.Status202Accepted);
        conversation.MapPost("/read", MarkRead).Produces<ReadCursor>();
    }

    private static async Task<IResult> History(Guid id, long? before, long? after, long? around, int? limit, ClaimsPrincipal user, IGrainFactory grains) =>
        (Paging.CheckLimit(limit) ?? Paging.CheckAnchors(before, after, around)) is { } wrong
            ? Problems.From(wrong)
            : await grains.GetGrain<IConversationGrain>(id)
                .ReadHistory(user.UserId(), new HistoryQuery(before, after, around, limit ?? Paging.DefaultLimit))
                .ToHttp();

    private static async Task<IResult> Send(Guid id, PostMessageRequest request, ClaimsPrincipal user, IGrainFactory grains, Intake intake)
    {
        if (intake.Refusal is { } closed)
        {
            return Problems.From(closed);
        }

        var answers = await grains.GetGrain<IConversationGrain>(id).Send(user.UserId(), [request.ToMessage()]);
        return await Task.FromResult(answers[0]).ToHttp(Sent);
    }

    private static IResult Sent(Receipt receipt) => receipt.Duplicate ? TypedResults.Ok(receipt)
        : receipt.Durability == Durability.Held ? TypedResults.Accepted((string?)null, receipt)
        : TypedResults.Created($"/api/conversations/{receipt.ConversationId}/messages?around={receipt.Sequence}", receipt);

    private static Task<IResult> MarkRead(Guid id, PostReadRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).MarkRead(user.UserId(), request.Sequence).ToHttp();
}
