using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Chat.Api.Auth;

/// <summary>What only operators may do. The settings of now decide, not the token: who is taken out of them is out at once.</summary>
internal sealed class Operators(IOptionsMonitor<OperatorOptions> options) : AuthorizationHandler<Operators.Requirement>
{
    public const string Policy = "operator";

    public static AuthorizationPolicy Required { get; } = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new Requirement()).Build();

    public bool MayReadContent(ClaimsPrincipal user) => options.CurrentValue.ContentReaders.Contains(user.UserId());

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (context.User.Identity is { IsAuthenticated: true } && options.CurrentValue.Operators.Contains(context.User.UserId()))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    internal sealed class Requirement : IAuthorizationRequirement;
}
