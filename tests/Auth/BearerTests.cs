using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Chat.Accounts;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

/// <summary>Access tokens as the server meets them on its doors.</summary>
public sealed class BearerTests(KeyedServer server) : IClassFixture<KeyedServer>
{
    private static readonly Guid Ann = new("0190f2a0-0000-7000-8000-000000000001");

    [Fact]
    public async Task A_token_of_the_configured_key_opens() =>
        (await Get($"Bearer {AccessTokenMint.Create(Ann)}")).Status.ShouldBe(HttpStatusCode.NotFound, "the token is good, and its account is not there");

    [Theory]
    [InlineData(null, "token_missing")]
    [InlineData("", "token_invalid")]
    [InlineData("Bearer", "token_invalid")]
    [InlineData("Bearer ", "token_invalid")]
    [InlineData("Basic YW5uOmFubg==", "token_invalid")]
    [InlineData("Bearer x", "token_invalid")]
    [InlineData("Bearer x.y.z", "token_invalid")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.", "token_invalid")]
    public async Task Anything_else_is_a_401_that_says_why(string? header, string reason) => ShouldBe401(await Get(header), reason);

    [Fact]
    public async Task A_token_of_another_key_issuer_or_audience_is_refused()
    {
        var stranger = AccessTokenMint.Key with { Secret = new byte[32] };

        ShouldBe401(await Get($"Bearer {AccessTokenMint.Create(Ann, key: stranger)}"), "token_invalid");
        ShouldBe401(await Get($"Bearer {AccessTokenMint.Create(Ann, key: AccessTokenMint.Key with { Id = "other" })}"), "token_invalid");
        ShouldBe401(await Get($"Bearer {AccessTokenMint.Create(Ann, rules: AccessTokenMint.Rules with { Issuer = "other" })}"), "token_invalid");
        ShouldBe401(await Get($"Bearer {AccessTokenMint.Create(Ann, rules: AccessTokenMint.Rules with { Audience = "other" })}"), "token_invalid");
    }

    [Fact]
    public async Task An_expired_token_says_so_once_the_clocks_difference_is_used_up()
    {
        ShouldBe401(await Get($"Bearer {AccessTokenMint.Create(Ann, secondsLeft: -61)}"), "token_expired");
        (await Get($"Bearer {AccessTokenMint.Create(Ann, secondsLeft: -30)}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Two_tokens_are_none()
    {
        var token = AccessTokenMint.Create(Ann);

        ShouldBe401(await Get($"Bearer {token}", $"Bearer {token}"), "token_invalid");
        ShouldBe401(await Get($"Bearer {token}, Bearer {token}"), "token_invalid");
    }

    [Fact]
    public async Task A_refresh_token_is_no_access_token() =>
        ShouldBe401(await Get($"Bearer {new RefreshToken(Ann, new byte[32]).Encode()}"), "token_invalid");

    [Theory]
    [InlineData("/api/auth/me")]
    [InlineData("/api/users")]
    [InlineData("/hubs/chatter")]
    public async Task A_token_in_the_query_counts_at_the_hub_only(string path)
    {
        using var answer = await server.Http.GetAsync(new Uri($"{path}?access_token={AccessTokenMint.Create(Ann)}", UriKind.Relative));

        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("username");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?access_token=")]
    [InlineData("?access_token=x")]
    public async Task Without_a_token_the_hub_neither_negotiates_nor_upgrades(string query)
    {
        using var negotiated = await server.Http.PostAsync(new Uri($"/hubs/chat/negotiate{query}", UriKind.Relative), null);
        negotiated.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/hubs/chat{query}"), CancellationToken.None));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_server_says_no_secret_in_its_log_however_much_it_says()
    {
        var person = await server.Register();
        await using var hub = await server.Connect(person);
        await person.Call("GET", "/api/auth/me");
        await Get("Bearer a-token-that-is-none");

        server.Output.ShouldContain("/api/auth/me", customMessage: "or else the log is not as talkative as this test needs it");
        foreach (var secret in new[] { person.Token, person.Token.Split('.')[2], "correct horse battery", "a-token-that-is-none", AccessTokenMint.Secret, person.Id.ToString() })
        {
            server.Output.ShouldNotContain(secret);
        }
    }

    private static void ShouldBe401((HttpStatusCode Status, string? Challenge, JsonElement Body) answer, string reason)
    {
        answer.Status.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Challenge.ShouldNotBeNull().ShouldStartWith("Bearer");
        answer.Body.GetProperty("code").GetString().ShouldBe("unauthenticated");
        answer.Body.GetProperty("reason").GetString().ShouldBe(reason);
    }

    private async Task<(HttpStatusCode Status, string? Challenge, JsonElement Body)> Get(params string?[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/auth/me");
        foreach (var header in headers.OfType<string>())
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using var answer = await server.Http.SendAsync(request);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return (answer.StatusCode, answer.Headers.WwwAuthenticate.FirstOrDefault()?.ToString(), body);
    }
}
