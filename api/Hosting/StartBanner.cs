using Chat.Silo;

namespace Chat.Api.Hosting;

/// <summary>What this process runs on, said once when it serves.</summary>
internal static class StartBanner
{
#if CHAT_ORLEANS
    private const string Engine = "orleans (silo and frontend in this process)";
#else
    private const string Engine = "embedded (in this process)";
#endif

    public static void Announce(this WebApplication app, StartFailure failure) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        failure.OnStarted();
        var durable = app.Configuration.GetConnectionString(SiloHosting.Postgres) is { Length: > 0 };
        Console.WriteLine($"""

              Orleans.Chat
                engine   {Engine}
                storage  {(durable ? "Postgres" : "memory")}
                page     {WebClient.Root(app) ?? "not built: scripts/web build"}
                url      {string.Join(' ', app.Urls)}

            """);
        if (!durable)
        {
            Console.WriteLine("""
                  *********************************************************************
                  *  WARNING: NOTHING IS KEPT. Accounts and messages are in memory    *
                  *  and gone when this process ends. Set ConnectionStrings__Postgres *
                  *  to keep them.                                                    *
                  *********************************************************************

                """);
        }
    });
}
