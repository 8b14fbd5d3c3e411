using Chat.Accounts;
using Orleans;

namespace Chat.Api.Endpoints;

public static class UsersApi
{
    private const int MaxIds = 100;

    public static RouteGroupBuilder MapUsersApi(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup("/api/users").WithTags("Users").RequireAuthorization();
        users.MapGet("/", Find)
            .WithSummary("By `username`: that user. By `ids` (at most 100, with commas between): an array of those that exist.")
            .Produces<UserName>()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);
        return users;
    }

    private static async Task<IResult> Find(string? username, string? ids, IGrainFactory grains)
    {
        var directory = grains.GetGrain<IUserDirectoryGrain>(0);
        if (username is not null && ids is null)
        {
            return await directory.FindByUsername(username).ToHttp();
        }

        if (username is not null || ParseIds(ids) is not { } wanted)
        {
            return Problems.From(Refusal.Invalid($"Give one of 'username' and 'ids'; of ids 1 to {MaxIds}, with commas between.", "query_invalid"));
        }

        return await directory.Find(wanted).ToHttp();
    }

    private static Guid[]? ParseIds(string? text)
    {
        var parts = (text ?? "").Split(',', MaxIds + 1);
        var ids = parts.Select(part => Guid.TryParseExact(part, "D", out var id) ? id : (Guid?)null).ToArray();
        return ids.Length <= MaxIds && !ids.Contains(null) ? ids.Select(id => id!.Value).Distinct().ToArray() : null;
    }
}
