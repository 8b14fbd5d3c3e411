using System.Security.Claims;

namespace Chat.Api.Auth;

/// <summary>Who asks, of a request or a connection that was authenticated.</summary>
public static class CurrentUser
{
    internal const string Subject = "sub";
    internal const string Session = "sid";
    internal const string Email = "email";
    internal const string Username = "username";

    public static Guid UserId(this ClaimsPrincipal user) => Id(user, Subject);

    public static Guid SessionId(this ClaimsPrincipal user) => Id(user, Session);

    internal static ClaimsPrincipal From(AccessClaims claims) => new(new ClaimsIdentity(
        [
            new Claim(Subject, claims.UserId.ToString()),
            new Claim(Session, claims.SessionId.ToString()),
            new Claim(Email, claims.Email),
            new Claim(Username, claims.Username),
        ],
        BearerHandler.SchemeName,
        nameType: Username,
        roleType: null));

    private static Guid Id(ClaimsPrincipal user, string claim) =>
        Guid.TryParse(user.FindFirst(claim)?.Value, out var id) ? id : throw new InvalidOperationException($"The user has no claim {claim}: an endpoint lacks its authorization.");
}
