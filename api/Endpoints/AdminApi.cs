using Chat.Api.Auth;

namespace Chat.Api.Endpoints;

/// <summary>What operators do: everything under `/api/admin`, for nobody else.</summary>
internal static class AdminApi
{
    public static RouteGroupBuilder MapAdminApi(this IEndpointRouteBuilder app) =>
        app.MapGroup("/api/admin").WithTags("Admin").RequireAuthorization(Operators.Policy)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
}
