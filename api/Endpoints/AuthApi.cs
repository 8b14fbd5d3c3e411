using System.Security.Claims;
using Chat.Accounts;
using Chat.Api.Auth;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;

namespace Chat.Api.Endpoints;

/// <param name="RefreshToken">As the last login, registration or refresh gave it.</param>
public sealed record RefreshRequest(string? RefreshToken)
{
    public override string ToString() => nameof(RefreshRequest);
}

/// <summary>A token that holds, of a session that lives.</summary>
public sealed record ValidToken(bool Valid, Account User);

public static class AuthApi
{
    public static RouteGroupBuilder MapAuthApi(this IEndpointRouteBuilder app)
    {
        var auth = app.MapGroup("/api/auth").WithTags("Auth").AddEndpointFilter(NoStore);
        auth.MapPost("/register", Register).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status429TooManyRequests);
        auth.MapPost("/login", LogIn).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status429TooManyRequests);
        auth.MapPost("/refresh", Refresh).ProducesProblem(StatusCodes.Status401Unauthorized);

        var own = auth.MapGroup("").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapPost("/logout", LogOut);
        own.MapPost("/validate", Validate);
        own.MapGet("/me", Me);
        return auth;
    }

    private static async Task<Results<Created<Tokens>, ProblemHttpResult>> Register(
        Registration registration, HttpContext context, IGrainFactory grains, AccessTokens tokens, SignInLimits limits)
    {
        if (limits.TakeRegistration(context) is { } refusal)
        {
            return Problems.From(refusal);
        }

        var device = registration.Device ?? DeviceOf(context);
        var issued = await Issue(tokens, await grains.GetGrain<ISignInGrain>(0).Register(registration with { Device = device }));
        return issued.Ok ? TypedResults.Created("/api/auth/me", issued.Value) : Problems.From(issued.Refusal);
    }

    private static async Task<Results<Ok<Tokens>, ProblemHttpResult>> LogIn(
        Credentials credentials, HttpContext context, IGrainFactory grains, AccessTokens tokens, SignInLimits limits)
    {
        if (limits.TakeLogin(context, credentials.Login) is { } refusal)
        {
            return Problems.From(refusal);
        }

        var device = credentials.Device ?? DeviceOf(context);
        return ToResult(await Issue(tokens, await grains.GetGrain<ISignInGrain>(0).LogIn(credentials with { Device = device })));
    }

    private static async Task<Results<Ok<Tokens>, ProblemHttpResult>> Refresh(RefreshRequest request, IGrainFactory grains, AccessTokens tokens)
    {
        if (RefreshToken.Parse(request.RefreshToken) is not { } token)
        {
            return Problems.From(new Refusal(RefusalCode.Unauthenticated, "The refresh token is not one.", "refresh_invalid"));
        }

        return ToResult(await Issue(tokens, await grains.GetGrain<ISessionGrain>(token.SessionId).Refresh(token)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> LogOut(ClaimsPrincipal user, IGrainFactory grains)
    {
        var done = await grains.GetGrain<ISessionGrain>(user.SessionId()).LogOut();
        return done.Ok ? TypedResults.NoContent() : Problems.From(done.Refusal);
    }

    private static async Task<Results<Ok<ValidToken>, ProblemHttpResult>> Validate(ClaimsPrincipal user, IGrainFactory grains)
    {
        var account = await grains.GetGrain<ISessionGrain>(user.SessionId()).Check();
        return account.Ok ? TypedResults.Ok(new ValidToken(true, account.Value)) : Problems.From(account.Refusal);
    }

    private static async Task<Results<Ok<Account>, ProblemHttpResult>> Me(ClaimsPrincipal user, IGrainFactory grains) =>
        ToResult(await grains.GetGrain<IAccountGrain>(user.UserId()).Get());

    private static async Task<Answer<Tokens>> Issue(AccessTokens tokens, Answer<SignedIn> signedIn) =>
        signedIn.Ok ? await tokens.Issue(signedIn.Value) : signedIn.Refusal;

    private static Results<Ok<T>, ProblemHttpResult> ToResult<T>(Answer<T> answer)
        where T : class => answer.Ok ? TypedResults.Ok(answer.Value) : Problems.From(answer.Refusal);

    private static string? DeviceOf(HttpContext context) => context.Request.Headers.UserAgent.FirstOrDefault();

    private static ValueTask<object?> NoStore(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}
