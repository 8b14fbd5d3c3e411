using Microsoft.Extensions.Configuration.Memory;

namespace Chat.Api.Hosting;

/// <summary>What is logged unless the settings say otherwise: our own words, and the frameworks' warnings.</summary>
internal static class QuietLogging
{
    private static readonly Dictionary<string, string?> Defaults = new(StringComparer.Ordinal)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Orleans"] = "Warning",
    };

    public static void AddQuietLogging(this WebApplicationBuilder builder)
    {
        // First, so that every other source overrides it.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });

        // They print the query string, where SignalR carries the access token: no level of theirs may be turned on.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Error);
    }
}
