using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

public sealed class SlowConsumerTests(ChatServer server) : IClassFixture<ChatServer>
{
    private const int Messages = 1_500;

    [Fact]
    public async Task L11_who_never_reads_is_closed_and_nobody_else_waits_for_them()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var healthy = await server.Connect(bob);
        await using var silent = await HubClient.Open(server.Url, bob.Token);
        await silent.Send("""{"protocol":"json","version":1}""");
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 4_000));

        var closed = server.WaitForOutput("slow_consumer");
        for (var i = 0; i < Messages; i++)
        {
            var receipt = await sender.InvokeRaw("SendMessage", $$"""{"conversationId":"{{chat}}","clientMessageId":"k{{i}}","content":"{{text}}"}""");
            receipt.GetProperty("sequence").GetInt64().ShouldBe(i + 1);
            (await healthy.WaitFor("MessageReceived")).GetProperty("sequence").GetInt64().ShouldBe(i + 1);
            if (closed.IsCompleted)
            {
                break;
            }
        }

        await closed;
        (await healthy.Invoke("Heartbeat", new { active = true })).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }
}
