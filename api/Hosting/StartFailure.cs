using System.Net.Sockets;
using Chat.Silo;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Chat.Api.Hosting;

/// <summary>Why the process does not start, in one line that names the setting.</summary>
internal sealed class StartFailure
{
    private const string UnknownSetting = "were not found on the instance of ";

    private volatile bool _started;

    /// <summary>Until the process has started, the frameworks' own words for a failure, with their stack traces, are left out.</summary>
    public static StartFailure Watch(WebApplicationBuilder builder)
    {
        var watch = new StartFailure();
        foreach (var category in new[] { "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", "Orleans" })
        {
            var lowest = builder.Configuration.GetValue($"Logging:LogLevel:{category}", LogLevel.Warning);
            builder.Logging.AddFilter(category, level => watch._started && level >= lowest);
        }

        return watch;
    }

    public void OnStarted() => _started = true;

    public static string Describe(Exception failure) => string.Join(' ', Explain(failure).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Explain(Exception failure)
    {
        var chain = Chain(failure).ToArray();
        return chain.OfType<StartException>().FirstOrDefault() is { } ours ? ours.Message
            : chain.OfType<OptionsValidationException>().FirstOrDefault() is { } invalid ? string.Join(' ', invalid.Failures)
            : chain.FirstOrDefault(e => e.Source is "Npgsql" || e.GetType().Namespace is "Npgsql") is { } database ? $"ConnectionStrings__Postgres: {database.Message}"
            : failure is IOException { InnerException: AddressInUseException } or FormatException { Source: "Microsoft.AspNetCore.Http" } ? $"ASPNETCORE_URLS: {failure.Message}"
            : chain.OfType<AddressInUseException>().Any() ? "Chat:Silo:SiloPort or Chat:Silo:GatewayPort: the port is in use."
            : chain.OfType<SocketException>().FirstOrDefault() is { } socket ? $"ASPNETCORE_URLS: {socket.Message}"
            : failure.Message.IndexOf(UnknownSetting, StringComparison.Ordinal) is >= 0 and var at ? $"There is no such setting of {failure.Message[(at + UnknownSetting.Length)..]}."
            : $"The process does not start: {failure.Message}";
    }

    private static IEnumerable<Exception> Chain(Exception? failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
