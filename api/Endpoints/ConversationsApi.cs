using System.Security.Claims;
using Chat.Api.Auth;
using Chat.Conversations;
using Chat.Inbox;
using Orleans;

namespace Chat.Api.Endpoints;

internal static class ConversationsApi
{
    public static void MapConversationsApi(this IEndpointRouteBuilder api)
    {
        var conversations = api.MapGroup("/api/conversations").WithTags("conversations").RequireAuthorization();
        conversations.MapPost("", Open).Produces<Conversation>().Produces<Conversation>(StatusCodes.Status201Created);
        conversations.MapGet("", List).Produces<InboxPage>();
        conversations.MapGet("/{id}", Get).Produces<Conversation>();
        conversations.MapPatch("/{id}", Rename).Produces<Conversation>();
        conversations.MapPost("/{id}/members", AddMembers).Produces<Conversation>();
        conversations.MapDelete("/{id}/members/{userId}", RemoveMember).Produces(StatusCodes.Status204NoContent);
        conversations.MapPatch("/{id}/members/{userId}", ChangeRole).Produces<Conversation>();
    }

    private static Task<IResult> Open(OpenConversationRequest request, ClaimsPrincipal user, IGrainFactory grains, TimeProvider time)
    {
        var me = user.UserId();
        var others = request.ParticipantIds ?? [];
        var id = request is { Type: ConversationType.Direct } && others is [var other] ? DirectConversation.IdOf(me, other) : Guid.CreateVersion7(time.GetUtcNow());
        return grains.GetGrain<IConversationGrain>(id).Open(new OpenConversation(request.Type, me, others, request.Name)).ToHttp(Opened);
    }

    private static IResult Opened(ConversationOpened opened) => opened.Created
        ? TypedResults.Created($"/api/conversations/{opened.Conversation.Id}", opened.Conversation)
        : TypedResults.Ok(opened.Conversation);

    private static async Task<IResult> List(string? cursor, int? limit, ClaimsPrincipal user, IGrainFactory grains) =>
        Paging.CheckLimit(limit) is { } wrong
            ? Problems.From(wrong)
            : await grains.GetGrain<IInboxGrain>(user.UserId()).List(cursor, limit ?? Paging.DefaultLimit).ToHttp();

    private static Task<IResult> Get(Guid id, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).Get(user.UserId()).ToHttp();

    private static Task<IResult> Rename(Guid id, RenameRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).Rename(user.UserId(), request.Name).ToHttp();

    private static Task<IResult> AddMembers(Guid id, AddMembersRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).AddMembers(user.UserId(), request.UserIds).ToHttp();

    private static Task<IResult> RemoveMember(Guid id, Guid userId, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).RemoveMember(user.UserId(), userId).ToHttp(_ => TypedResults.NoContent());

    private static Task<IResult> ChangeRole(Guid id, Guid userId, ChangeRoleRequest request, ClaimsPrincipal user, IGrainFactory grains) =>
        grains.GetGrain<IConversationGrain>(id).ChangeRole(user.UserId(), userId, request.Role).ToHttp();
}
