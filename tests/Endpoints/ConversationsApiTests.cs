using System.Text.Json;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Endpoints;

public sealed class ConversationsApiTests(ChatServer server) : IClassFixture<ChatServer>
{
    [Fact]
    public async Task A_direct_conversation_is_created_once_and_found_from_both_sides()
    {
        var (ada, bob) = (await server.Register(), await server.Register());

        var (created, first) = await ada.Call("POST", "/api/conversations", new { type = "direct", participantIds = new[] { bob.Id } });
        var (found, second) = await bob.Call("POST", "/api/conversations", new { type = "direct", participantIds = new[] { ada.Id } });

        (created, found).ShouldBe((201, 200));
        second.GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        first.GetProperty("type").GetString().ShouldBe("direct");
        first.GetProperty("head").GetInt64().ShouldBe(0);
        first.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("userId").GetGuid()).ShouldBe([ada.Id, bob.Id], ignoreOrder: true);
        first.TryGetProperty("name", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_group_lives_through_its_members_and_name()
    {
        var (ada, bob, cem) = (await server.Register(), await server.Register(), await server.Register());
        var (status, group) = await ada.Call("POST", "/api/conversations", new { type = "group", name = "Crew", participantIds = new[] { bob.Id } });
        status.ShouldBe(201);
        var path = $"/api/conversations/{group.GetProperty("id").GetGuid()}";

        var (renamed, after) = await ada.Call("PATCH", path, new { name = "The crew" });
        var (added, three) = await ada.Call("POST", $"{path}/members", new { userIds = new[] { cem.Id } });
        var (promoted, _) = await ada.Call("PATCH", $"{path}/members/{bob.Id}", new { role = "admin" });
        var (left, _) = await cem.Call("DELETE", $"{path}/members/{cem.Id}");
        var (gone, body) = await cem.Call("GET", path);
        var (read, events) = await ada.Call("GET", $"{path}/messages?after=0");

        (renamed, added, promoted, left, gone, read).ShouldBe((200, 200, 200, 204, 404, 200));
        after.GetProperty("name").GetString().ShouldBe("The crew");
        three.GetProperty("members").GetArrayLength().ShouldBe(3);
        body.GetProperty("code").GetString().ShouldBe("not_found");
        events.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("kind").GetString()).ShouldBe(["renamed", "members_added", "role_changed", "member_left"]);
    }

    [Fact]
    public async Task Renaming_and_members_are_told_to_who_is_connected()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        await using var peer = await server.Connect(bob);
        var (_, group) = await ada.Call("POST", "/api/conversations", new { type = "group", name = "Crew", participantIds = new[] { bob.Id } });
        var id = group.GetProperty("id").GetGuid();
        await peer.WaitFor("ConversationChanged", e => e.GetProperty("change").GetString() == "created");

        await ada.Call("PATCH", $"/api/conversations/{id}", new { name = "New" });
        await ada.Call("PATCH", $"/api/conversations/{id}/members/{bob.Id}", new { role = "admin" });

        var renamed = await peer.WaitFor("ConversationChanged", e => e.GetProperty("change").GetString() == "renamed");
        renamed.GetProperty("sequence").GetInt64().ShouldBe(1);
        renamed.GetProperty("head").GetInt64().ShouldBe(1);
        renamed.GetProperty("name").GetString().ShouldBe("New");
        var members = await peer.WaitFor("MembersChanged");
        members.GetProperty("kind").GetString().ShouldBe("role_changed");
        members.GetProperty("sequence").GetInt64().ShouldBe(2);
        members.GetProperty("role").GetString().ShouldBe("admin");
    }

    [Fact]
    public async Task A_message_is_sent_once_and_read_back()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        var path = $"/api/conversations/{await ada.Chat(bob)}";
        var message = new { clientMessageId = "k1", content = "hello" };

        var (sent, receipt) = await ada.Call("POST", $"{path}/messages", message);
        var (repeated, again) = await ada.Call("POST", $"{path}/messages", message);
        var (conflict, problem) = await ada.Call("POST", $"{path}/messages", new { clientMessageId = "k1", content = "other" });
        var (read, cursor) = await bob.Call("POST", $"{path}/read", new { sequence = 1 });
        var (listed, page) = await bob.Call("GET", $"{path}/messages?limit=10");

        (sent, repeated, conflict, read, listed).ShouldBe((201, 200, 409, 200, 200));
        again.GetProperty("messageId").GetGuid().ShouldBe(receipt.GetProperty("messageId").GetGuid());
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        problem.GetProperty("code").GetString().ShouldBe("conflict");
        problem.GetProperty("reason").GetString().ShouldBe("idempotency_mismatch");
        cursor.GetProperty("sequence").GetInt64().ShouldBe(1);
        page.GetProperty("head").GetInt64().ShouldBe(1);
        page.GetProperty("more").GetBoolean().ShouldBeFalse();
        page.GetProperty("events")[0].GetProperty("content").GetString().ShouldBe("hello");
    }

    [Fact]
    public async Task The_list_comes_in_pages()
    {
        var ada = await server.Register();
        for (var i = 0; i < 3; i++)
        {
            var path = $"/api/conversations/{await ada.Chat(await server.Register())}";
            (await ada.Call("POST", $"{path}/messages", new { clientMessageId = "k", content = $"{i}" })).Status.ShouldBe(201);
        }

        var (_, first) = await ada.Call("GET", "/api/conversations?limit=2");
        var (_, rest) = await ada.Call("GET", $"/api/conversations?limit=2&cursor={Uri.EscapeDataString(first.GetProperty("cursor").GetString()!)}");

        first.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray())
            .Select(i => i.GetProperty("lastMessage").GetProperty("content").GetString()).ShouldBe(["2", "1", "0"]);
        rest.TryGetProperty("cursor", out _).ShouldBeFalse("the last page has none");
    }

    [Fact]
    public async Task Presence_is_online_while_there_is_a_connection()
    {
        var (ada, bob) = (await server.Register(), await server.Register());
        await using var client = await server.Connect(bob);
        await client.Invoke("Heartbeat", new { active = true });

        var (status, presence) = await ada.Call("GET", $"/api/presence/{bob.Id}");
        var (chosen, busy) = await bob.Call("POST", "/api/presence", new { status = "busy" });

        (status, chosen).ShouldBe((200, 200));
        presence.GetProperty("status").GetString().ShouldBe("online");
        busy.GetProperty("status").GetString().ShouldBe("busy");
    }
}
