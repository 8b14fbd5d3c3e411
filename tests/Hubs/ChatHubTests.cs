using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

public sealed class ChatHubTests(ChatServer server) : IClassFixture<ChatServer>
{
    private static string Key() => Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));

    [Fact]
    public async Task SendMessage_reaches_the_peer_and_the_senders_own_connections()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var other = await server.Connect(ada);
        await using var peer = await server.Connect(bob);

        var receipt = await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "hello" });

        receipt.GetProperty("ok").GetBoolean().ShouldBeTrue();
        receipt.GetProperty("sequence").GetInt64().ShouldBe(1);
        receipt.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        receipt.GetProperty("durability").GetString().ShouldBe("committed");
        foreach (var client in new[] { sender, other, peer })
        {
            var e = await client.WaitFor("MessageReceived");
            e.GetProperty("conversationId").GetGuid().ShouldBe(chat);
            e.GetProperty("sequence").GetInt64().ShouldBe(1);
            e.GetProperty("kind").GetString().ShouldBe("message");
            e.GetProperty("messageId").GetGuid().ShouldBe(receipt.GetProperty("messageId").GetGuid());
            e.GetProperty("senderId").GetGuid().ShouldBe(ada.Id);
            e.GetProperty("clientMessageId").GetString().ShouldBe("k1");
            e.GetProperty("content").GetString().ShouldBe("hello");
            e.TryGetProperty("replyTo", out _).ShouldBeFalse("nulls are left out");
        }
    }

    [Fact]
    public async Task SendMessage_keeps_the_order_of_one_connection()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);

        var begun = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            begun.Add(await sender.Begin("SendMessage", JsonSerializer.Serialize(new[] { new { conversationId = chat, clientMessageId = $"k{i}", content = $"{i}" } })));
        }

        for (var i = 0; i < begun.Count; i++)
        {
            (await sender.CompletionOf(begun[i])).GetProperty("result").GetProperty("sequence").GetInt64().ShouldBe(i + 1);
            (await peer.WaitFor("MessageReceived")).GetProperty("content").GetString().ShouldBe($"{i}");
        }
    }

    [Fact]
    public async Task SendMessage_again_gives_the_same_receipt_and_no_event()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);
        var first = await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "once" });

        var again = await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "once", retry = true });
        var changed = await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "other" });
        await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k2", content = "next" });

        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.GetProperty("messageId").GetGuid().ShouldBe(first.GetProperty("messageId").GetGuid());
        changed.GetProperty("ok").GetBoolean().ShouldBeFalse();
        changed.GetProperty("code").GetString().ShouldBe("conflict");
        changed.GetProperty("reason").GetString().ShouldBe("idempotency_mismatch");
        (await peer.WaitFor("MessageReceived")).GetProperty("content").GetString().ShouldBe("once");
        (await peer.WaitFor("MessageReceived")).GetProperty("content").GetString().ShouldBe("next");
    }

    [Fact]
    public async Task Z1_verbs_of_a_strangers_conversation_are_not_found()
    {
        var (ada, bob, eve) = (await server.Register(), await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var stranger = await server.Connect(eve);

        foreach (var (method, argument) in new (string, object)[]
        {
            ("SendMessage", new { conversationId = chat, clientMessageId = Key(), content = "hi" }),
            ("MarkRead", new { conversationId = chat, sequence = 1 }),
            ("Typing", new { conversationId = chat, isTyping = true }),
        })
        {
            var answer = await stranger.Invoke(method, argument);
            answer.GetProperty("ok").GetBoolean().ShouldBeFalse(method);
            answer.GetProperty("code").GetString().ShouldBe("not_found", method);
        }
    }

    [Fact]
    public async Task MarkRead_and_Typing_are_told_to_the_peer()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await using var peer = await server.Connect(bob);
        await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "hello" });
        await peer.WaitFor("MessageReceived");

        var read = await peer.Invoke("MarkRead", new { conversationId = chat, sequence = 1 });
        var typing = await peer.Invoke("Typing", new { conversationId = chat, isTyping = true });

        read.GetProperty("ok").GetBoolean().ShouldBeTrue();
        read.GetProperty("conversationId").GetGuid().ShouldBe(chat);
        read.GetProperty("sequence").GetInt64().ShouldBe(1);
        typing.GetProperty("ok").GetBoolean().ShouldBeTrue();
        var moved = await sender.WaitFor("ReadMoved");
        moved.GetProperty("userId").GetGuid().ShouldBe(bob.Id);
        moved.GetProperty("sequence").GetInt64().ShouldBe(1);
        (await sender.WaitFor("TypingChanged")).GetProperty("isTyping").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Sync_brings_what_was_missed()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var chat = await ada.Chat(bob);
        await using var sender = await server.Connect(ada);
        await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k1", content = "one" });
        await sender.Invoke("SendMessage", new { conversationId = chat, clientMessageId = "k2", content = "two" });
        await using var late = await server.Connect(bob);

        var healed = await late.Invoke("Sync", new { positions = new[] { new { conversationId = chat, after = 1 } } });
        var fresh = await late.Invoke("Sync", new { positions = Array.Empty<object>() });

        var missed = healed.GetProperty("conversations")[0];
        missed.GetProperty("head").GetInt64().ShouldBe(2);
        missed.GetProperty("through").GetInt64().ShouldBe(2);
        missed.GetProperty("more").GetBoolean().ShouldBeFalse();
        missed.GetProperty("resync").GetBoolean().ShouldBeFalse();
        missed.GetProperty("events")[0].GetProperty("content").GetString().ShouldBe("two");
        fresh.GetProperty("added")[0].GetProperty("id").GetGuid().ShouldBe(chat);
        fresh.GetProperty("added")[0].GetProperty("unread").GetInt32().ShouldBe(2);
        fresh.GetProperty("gone").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Heartbeat_Focus_and_SetStatus_answer()
    {
        var ada = await server.Register();
        await using var client = await server.Connect(ada);

        (await client.Invoke("Heartbeat", new { active = true })).ToString().ShouldBe("""{"ok":true}""");
        (await client.InvokeRaw("Focus", """{"conversationId":null}""")).ToString().ShouldBe("""{"ok":true}""");
        var busy = await client.Invoke("SetStatus", new { status = "busy" });
        busy.GetProperty("status").GetString().ShouldBe("busy");
        (await client.Invoke("SetStatus", new { status = "offline" })).GetProperty("code").GetString().ShouldBe("invalid_request");
    }
}
