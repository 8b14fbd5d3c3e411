using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Endpoints;

public sealed class WebClientTests(WebClientTests.ServerWithPage server) : IClassFixture<WebClientTests.ServerWithPage>
{
    [Fact]
    public async Task The_page_is_at_the_root_asked_for_again_and_guarded()
    {
        using var answer = await server.Http.GetAsync("/");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("<p>page");
        answer.Headers.CacheControl!.NoCache.ShouldBeTrue();
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("object-src 'none'");
    }

    [Fact]
    public async Task Assets_are_kept_for_ever()
    {
        using var answer = await server.Http.GetAsync("/assets/app-1.js");
        answer.EnsureSuccessStatusCode().Headers.CacheControl!.ToString().ShouldContain("immutable");
    }

    [Theory]
    [InlineData("/some/deep/path")]
    [InlineData("/assets/none.js")]
    [InlineData("/..%2findex.html")]
    [InlineData("/api/nope")]
    public async Task Other_paths_are_not_the_page(string path)
    {
        using var answer = await server.Http.GetAsync(path);
        ((int)answer.StatusCode).ShouldBe(404);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    public sealed class ServerWithPage : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Chat__Edge__WebRoot"] = Page(),
        };

        private static string Page()
        {
            var root = Directory.CreateTempSubdirectory("page").FullName;
            Directory.CreateDirectory(Path.Combine(root, "assets"));
            File.WriteAllText(Path.Combine(root, "index.html"), "<p>page");
            File.WriteAllText(Path.Combine(root, "assets", "app-1.js"), "1");
            return root;
        }
    }
}
