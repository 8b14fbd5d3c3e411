using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Endpoints;

/// <summary>I10, with every log turned on.</summary>
public sealed class LogPrivacyTests(LogPrivacyTests.TalkativeServer server) : IClassFixture<LogPrivacyTests.TalkativeServer>
{
    [Fact]
    public async Task Logs_carry_no_token_text_or_password()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);
        await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k", content = "unspeakable" });
        await peer.WaitFor("MessageReceived");
        await ada.Call("POST", $"/api/conversations/{chat}/messages", """{"clientMessageId":"k2","content":"unspeakable","bad":1}""");

        server.Output.Length.ShouldBeGreaterThan(1_000, "the logs are on");
        server.Output.ShouldNotContain(ada.Token[..40]);
        server.Output.ShouldNotContain("unspeakable");
        server.Output.ShouldNotContain("correct horse");
    }

    public sealed class TalkativeServer : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Logging__LogLevel__Default"] = "Debug",
            ["Logging__LogLevel__Microsoft"] = "Debug",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
        };
    }
}
