using System.Text.Encodings.Web;
using Chat.Api.Endpoints;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Chat.Api.Auth;

/// <summary>Access tokens in the header `Authorization: Bearer`; for the hub's WebSocket, which browsers open without headers, in the query's `access_token`.</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AccessTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private const string HubPath = "/hubs/chat";
    private const string QueryParameter = "access_token";

    private static readonly Refusal Missing = new(RefusalCode.Unauthenticated, "An access token is needed.", "token_missing");
    private static readonly Refusal Malformed = new(RefusalCode.Unauthenticated, "One header 'Authorization: Bearer <token>' is needed.", "token_invalid");

    private Refusal _refusal = Missing;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var presented = Presented();
        if (presented is null)
        {
            return AuthenticateResult.NoResult();
        }

        var read = presented.Length == 0 ? Malformed : await tokens.Read(presented);
        if (!read.Ok)
        {
            _refusal = read.Refusal;
            return AuthenticateResult.Fail(_refusal.Reason ?? _refusal.Message);
        }

        var properties = new AuthenticationProperties { ExpiresUtc = tokens.EndOf(read.Value) };
        return AuthenticateResult.Success(new AuthenticationTicket(CurrentUser.From(read.Value), properties, SchemeName));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync();
        if (_refusal.Code == RefusalCode.Unauthenticated)
        {
            Response.Headers.WWWAuthenticate = _refusal == Missing ? SchemeName : $"{SchemeName} error=\"invalid_token\"";
        }

        await Problems.From(_refusal).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.From(Refusal.Forbidden("This is not allowed.")).ExecuteAsync(Context);

    /// <summary>Null when there is no token, empty when there is something else in its place.</summary>
    private string? Presented()
    {
        var header = Request.Headers[HeaderNames.Authorization];
        if (header.Count == 1 && header[0] is { } value)
        {
            return value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value["Bearer ".Length..].Trim(' ') : "";
        }

        if (header.Count > 1)
        {
            return "";
        }

        var query = Request.Path.StartsWithSegments(HubPath, StringComparison.Ordinal) ? Request.Query[QueryParameter] : default;
        return query.Count == 0 ? null : query.Count == 1 ? query[0] ?? "" : "";
    }
}
