namespace Chat.Api.Hosting;

internal static class PlainBodies
{
    /// <summary>Compressed bodies are not read: what they are when they are unpacked is nobody's guess.</summary>
    public static void UsePlainBodies(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Headers.ContentEncoding.Count == 0)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    });
}
