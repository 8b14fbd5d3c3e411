using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Endpoints;

public sealed class StartAndDrainTests
{
    [Theory]
    [InlineData("ASPNETCORE_URLS", "nonsense", "ASPNETCORE_URLS")]
    [InlineData("Chat__Connections__MaxPerUser", "0", "Chat:Connections:MaxPerUser")]
    [InlineData("Chat__Connections__MaxPerUser", "many", "Chat:Connections:MaxPerUser")]
    [InlineData("Chat__Connections__Colour", "red", "Colour")]
    [InlineData("Chat__Edge__AllowedOrigins__0", "example.org", "Chat:Edge:AllowedOrigins")]
    [InlineData("Chat__Edge__MaxRequestBytes", "x", "Chat:Edge:MaxRequestBytes")]
    [InlineData("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1;Username=u;Password=unspeakable", "Postgres")]
    [InlineData("ConnectionStrings__Postgres", "Hst=x", "Postgres")]
    public async Task A_wrong_setting_is_one_line_that_names_it(string setting, string value, string named)
    {
        var (code, error) = await Start(setting, value);
        code.ShouldNotBe(0);
        error.ShouldContain(named);
        error.TrimEnd().ShouldNotContain('\n');
        error.ShouldNotContain("unspeakable");
    }

    [Fact]
    public async Task A_used_port_is_one_line_that_names_the_setting()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, error) = await Start("ASPNETCORE_URLS", $"http://{taken.LocalEndpoint}");
        code.ShouldNotBe(0);
        error.ShouldContain("ASPNETCORE_URLS");
        error.TrimEnd().ShouldNotContain('\n');
    }

    [Fact]
    public async Task Without_a_database_it_says_that_nothing_is_kept_and_what_it_runs_on()
    {
        var server = new ChatServer();
        await server.InitializeAsync();
        server.Output.ShouldContain("engine");
        server.Output.ShouldContain("storage  memory");
        (await server.Http.GetStringAsync("/health/live")).ShouldBe("""{"status":"live"}""");
        (await server.Http.GetStringAsync("/health/ready")).ShouldBe("""{"status":"ready"}""");
        server.Terminate();
        await server.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        server.Process.ExitCode.ShouldBe(0);
        server.Output.ShouldContain("NOTHING IS KEPT");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task SIGTERM_tells_every_client_answers_what_was_taken_and_ends_with_0()
    {
        var server = new ChatServer();
        await server.InitializeAsync();
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);

        var begun = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            begun.Add(await sender.Begin("SendMessage", $$"""[{"conversationId":"{{chat}}","clientMessageId":"k{{i}}","content":"x"}]"""));
        }

        await peer.WaitFor("MessageReceived");
        server.Terminate();
        (await peer.WaitFor("Closing")).GetProperty("reason").GetString().ShouldBe("drain");
        (await sender.WaitFor("Closing")).GetProperty("retryAfterMs").GetInt32().ShouldBePositive();
        await Task.WhenAll(sender.WaitForClose(), peer.WaitForClose());
        await server.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        server.Process.ExitCode.ShouldBe(0);
        await ShouldBeAnsweredInOrder(sender, begun);
        await server.DisposeAsync();
    }

    // Taken ones have their sequence; those after the intake closed are told to come back; nothing in between is left hanging.
    private static async Task ShouldBeAnsweredInOrder(HubClient sender, List<string> begun)
    {
        var taken = 0;
        foreach (var id in begun)
        {
            if (await sender.TryCompletionOf(id) is not { } completion)
            {
                break;
            }

            var answer = completion.GetProperty("result");
            if (answer.GetProperty("ok").GetBoolean())
            {
                answer.GetProperty("sequence").GetInt64().ShouldBe(++taken);
            }
            else
            {
                answer.GetProperty("code").GetString().ShouldBe("unavailable");
                answer.GetProperty("retryAfterMs").GetInt32().ShouldBePositive();
            }
        }

        taken.ShouldBePositive();
    }

    private static async Task<(int Code, string Error)> Start(string setting, string value)
    {
        using var process = ChatServer.Launch(new Dictionary<string, string>(StringComparer.Ordinal) { [setting] = value });
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
