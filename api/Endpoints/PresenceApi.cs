using System.Security.Claims;
using Chat.Api.Auth;
using Chat.Api.Delivery;
using Chat.Api.Hubs;
using Chat.Presence;

namespace Chat.Api.Endpoints;

internal static class PresenceApi
{
    public static void MapPresenceApi(this IEndpointRouteBuilder api)
    {
        var presence = api.MapGroup("/api/presence").WithTags("presence").RequireAuthorization();
        presence.MapPost("", SetStatus).Produces<UserPresence>();
        presence.MapGet("/{userId}", Get).Produces<UserPresence>();
    }

    private static Task<IResult> SetStatus(SetStatusRequest request, ClaimsPrincipal user, PresenceLink presence) =>
        presence.SetStatus(user.UserId(), request.Status).ToHttp();

    private static async Task<IResult> Get(Guid userId, PresenceLink presence) => TypedResults.Ok(await presence.Get(userId));
}
