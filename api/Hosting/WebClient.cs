using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;

namespace Chat.Api.Hosting;

/// <summary>The built web client, where there is one: its page at `/`, its files beside it.</summary>
internal static class WebClient
{
    public static void UseWebClient(this WebApplication app)
    {
        if (Root(app) is not { } root)
        {
            return;
        }

        var files = new PhysicalFileProvider(Path.GetFullPath(root));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = SetCaching });
    }

    /// <summary>Null when there is none.</summary>
    public static string? Root(WebApplication app) =>
        Places(app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.WebRoot, app.Environment.ContentRootPath)
            .FirstOrDefault(place => File.Exists(Path.Combine(place, "index.html")));

    private static string[] Places(string? configured, string contentRoot) => configured is not null
        ? [configured]
        : [Path.Combine(AppContext.BaseDirectory, "wwwroot"), Path.Combine(contentRoot, "wwwroot"), Path.Combine(contentRoot, "../web/dist"), Path.Combine(contentRoot, "web/dist")];

    // The build names its assets by their content; the page that names them must be asked for again.
    private static void SetCaching(Microsoft.AspNetCore.StaticFiles.StaticFileResponseContext file) =>
        file.Context.Response.Headers.CacheControl = file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
}
