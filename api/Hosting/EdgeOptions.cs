namespace Chat.Api.Hosting;

/// <summary>Settings under `Chat:Edge`.</summary>
public sealed class EdgeOptions
{
    public const string Section = "Chat:Edge";

    /// <summary>WebSockets that this process holds open; below the limit of open files. Default: 15,000.</summary>
    public long MaxConnections { get; set; } = 15_000;

    /// <summary>Largest request body, in bytes. Default: 65,536.</summary>
    public long MaxRequestBytes { get; set; } = 65_536;

    /// <summary>Origins of other sites whose pages may use the API and the hub (`https://shop.example`); our own always may. Default: none.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Where the built web client is. Default: `wwwroot` beside the program, or `web/dist` of the sources.</summary>
    public string? WebRoot { get; set; }

    internal string? Fault() =>
        MaxConnections < 1 ? $"{Section}:MaxConnections is {MaxConnections}; it takes 1 or more."
        : MaxRequestBytes < 1_024 ? $"{Section}:MaxRequestBytes is {MaxRequestBytes}; it takes 1024 or more."
        : AllowedOrigins.FirstOrDefault(o => !IsOrigin(o)) is { } wrong ? $"{Section}:AllowedOrigins has '{wrong}'; it takes origins like https://shop.example."
        : WebRoot is not null && !Directory.Exists(WebRoot) ? $"{Section}:WebRoot is '{WebRoot}'; there is no such folder."
        : null;

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.Ordinal);
}
