namespace Chat.Api.Hosting;

/// <summary>Which pages may open the hub: browsers do not keep other sites' pages from opening WebSockets. Who sends no origin is not a browser and has its token.</summary>
internal sealed class OriginRule(RequestDelegate next, string[] allowed)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments(EdgePaths.Hub, StringComparison.OrdinalIgnoreCase) && !Allows(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        return next(context);
    }

    private bool Allows(HttpRequest request) =>
        request.Headers.Origin is not [{ } origin] ? request.Headers.Origin.Count == 0 : allowed.Contains(origin, StringComparer.OrdinalIgnoreCase) || IsOurs(origin, request);

    // A proxy may end TLS before us, so https at the browser can be http here; never the other way round.
    private static bool IsOurs(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && !request.IsHttps));
}
