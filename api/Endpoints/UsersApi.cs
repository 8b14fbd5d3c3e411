using Chat.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;

namespace Chat.Api.Endpoints;

public static class UsersApi
{
    private const int MaxIds = 100;

    public static RouteGroupBuilder MapUsersApi(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup("/api/users").WithTags("Users").RequireAuthorization();
        users.MapGet("/", Find)
            .WithSummary("By `username`: that user. By `ids` (at most 100, with commas between): those that exist.")
            .Produces<UserName>()
            .Produces<UserName[]>();
        return users;
    }

    private static async Task<Results<Ok<UserName>, Ok<UserName[]>, ProblemHttpResult>> Find(string? username, string? ids, IGrainFactory grains)
    {
        var directory = grains.GetGrain<IUserDirectoryGrain>(0);
        if (username is not null && ids is null)
        {
            var found = await directory.FindByUsername(username);
            return found.Ok ? TypedResults.Ok(found.Value) : Problems.From(found.Refusal);
        }

        if (username is not null || ParseIds(ids) is not { } wanted)
        {
            return Problems.From(Refusal.Invalid($"Give one of 'username' and 'ids'; of ids 1 to {MaxIds}, with commas between.", "query_invalid"));
        }

        var names = await directory.Find(wanted);
        return names.Ok ? TypedResults.Ok(names.Value) : Problems.From(names.Refusal);
    }

    private static Guid[]? ParseIds(string? text)
    {
        var parts = (text ?? "").Split(',', MaxIds + 1);
        var ids = parts.Select(part => Guid.TryParseExact(part, "D", out var id) ? id : (Guid?)null).ToArray();
        return ids.Length <= MaxIds && !ids.Contains(null) ? ids.Select(id => id!.Value).Distinct().ToArray() : null;
    }
}
