using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

/// <summary>Where a server takes its signing keys from, and with which it does not start.</summary>
public sealed class SigningKeysTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Servers_of_one_database_accept_each_other_s_tokens() =>
        await ShouldShareKeys("ConnectionStrings__Postgres", await postgres.CreateDatabase(), sharesAccounts: true);

    [Fact]
    public async Task Servers_of_one_key_file_accept_each_other_s_tokens() =>
        await ShouldShareKeys("Chat__Auth__KeyFile", Path.Combine(Directory.CreateTempSubdirectory("keys").FullName, "keys"), sharesAccounts: false);

    [Fact]
    public async Task Servers_in_memory_do_not()
    {
        await using var one = await Server.Start();
        await using var other = await Server.Start();
        var person = await one.Register();

        (await person.Call("GET", "/api/auth/me")).Status.ShouldBe(200);
        (await (person with { Http = other.Http }).Call("GET", "/api/auth/me")).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("Chat__Auth__Keys__0__Secret", "supersecretkey", "Chat:Auth:Keys:0:Secret")]
    [InlineData("Chat__Auth__Keys__0__Secret", "supersecretkey-supersecretkey-supersecretkey", "Chat:Auth:Keys:0:Secret")]
    [InlineData("Chat__Auth__KeyFile", "/proc/no/such/folder/keys", "Chat:Auth:KeyFile")]
    [InlineData("Chat__Auth__PasswordIterations", "0", "Chat:Auth:PasswordIterations")]
    [InlineData("Chat__Auth__Secret", "x", "Chat:Auth:Secret")]
    public async Task A_setting_that_cannot_be_is_named_and_nothing_starts(string setting, string value, string named)
    {
        using var process = ChatServer.Launch(new Dictionary<string, string>(StringComparer.Ordinal) { [setting] = value });
        var errors = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(errors, process.StandardOutput.ReadToEndAsync(), process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));

        process.ExitCode.ShouldNotBe(0);
        (await errors).Trim().ShouldContain(named);
        (await errors).ShouldNotContain("supersecretkey");
    }

    private static async Task ShouldShareKeys(string setting, string value, bool sharesAccounts)
    {
        await using var one = await Server.Start(setting, value);
        await using var other = await Server.Start(setting, value);
        var person = await one.Register();

        // Where accounts are not shared the other server knows the token and not the person.
        (await (person with { Http = other.Http }).Call("GET", "/api/auth/me")).Status.ShouldBe(sharesAccounts ? 200 : 404);
    }

    private sealed class Server(IReadOnlyDictionary<string, string> environment) : ChatServer
    {
        protected override IReadOnlyDictionary<string, string> Environment => environment;

        public static async Task<Server> Start(string? setting = null, string? value = null)
        {
            var server = new Server(setting is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [setting] = value! });
            await server.InitializeAsync();
            return server;
        }
    }
}
