using System.Security.Cryptography;
using Chat.Accounts;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class SignInGrainTests(AccountClusters clusters, PostgresFixture postgres) : IClassFixture<AccountClusters>
{
    // The clusters are shared by the class: names differ from test to test.
    private readonly string _suffix = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    private Registration Ann => new($"Ann{_suffix}@example.org", $"Ann{_suffix}", "correct horse", "Firefox");

    [Fact]
    public async Task Who_registered_logs_in_by_address_or_name_in_any_case()
    {
        var cluster = await clusters.On(StoreKind.Memory);
        var registered = (await SignIn(cluster).Register(Ann)).Value!;

        foreach (var login in new[] { Ann.Email!, Ann.Email!.ToUpperInvariant(), Ann.Username!.ToLowerInvariant(), Ann.Username!.ToUpperInvariant() })
        {
            var answer = await SignIn(cluster).LogIn(new Credentials(login, Ann.Password));
            answer.Value!.User.ShouldBe(registered.User);
            answer.Value.RefreshToken.SessionId.ShouldNotBe(registered.RefreshToken.SessionId);
        }

        registered.User.Email.ShouldBe(Ann.Email);
        registered.User.Username.ShouldBe(Ann.Username);
    }

    [Fact]
    public async Task What_is_taken_is_a_conflict()
    {
        var cluster = await clusters.On(StoreKind.Memory);
        await SignIn(cluster).Register(Ann);

        ShouldBe(await SignIn(cluster).Register(Ann with { Email = Ann.Email!.ToUpperInvariant(), Username = "other" }), RefusalCode.Conflict, "email_taken");
        ShouldBe(await SignIn(cluster).Register(Ann with { Email = "other@example.org", Username = Ann.Username!.ToUpperInvariant() }), RefusalCode.Conflict, "username_taken");
    }

    [Fact]
    public async Task Of_many_who_register_one_name_one_gets_it()
    {
        var cluster = await clusters.On(StoreKind.Postgres);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SignIn(cluster).Register(Ann with { Email = $"{i}{_suffix}@example.org" })));

        answers.Count(answer => answer.Ok).ShouldBe(1);
        answers.Where(answer => !answer.Ok).ShouldAllBe(answer => answer.Refusal!.Reason == "username_taken");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_login_get_the_same_answer()
    {
        var cluster = await clusters.On(StoreKind.Memory);
        await SignIn(cluster).Register(Ann);

        var wrong = await SignIn(cluster).LogIn(new Credentials(Ann.Username, "wrong horse"));
        var unknown = await SignIn(cluster).LogIn(new Credentials("nobody", Ann.Password));
        var impossible = await SignIn(cluster).LogIn(new Credentials("no body\0'--", Ann.Password));

        ShouldBe(wrong, RefusalCode.Unauthenticated, "credentials_invalid");
        unknown.ShouldBe(wrong);
        impossible.ShouldBe(wrong);
    }

    [Fact]
    public async Task An_unknown_login_takes_as_long_as_a_wrong_password()
    {
        await using var cluster = await AccountClusters.Start(null, o => o.PasswordIterations = 200_000);
        await SignIn(cluster).Register(Ann);

        var wrong = await Shortest(() => SignIn(cluster).LogIn(new Credentials(Ann.Username, "wrong horse")));
        var unknown = await Shortest(() => SignIn(cluster).LogIn(new Credentials("nobody", "wrong horse")));

        // Without the hash it would be a hundredth; between the two hashes the machine's other work may come.
        (unknown / wrong).ShouldBeInRange(0.3, 3);
    }

    [Fact]
    public async Task More_logins_than_may_wait_are_told_when_to_come_back()
    {
        await using var cluster = await AccountClusters.Start(null, o => (o.PasswordIterations, o.PasswordThreads, o.PasswordQueue) = (1_000_000, 1, 1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SignIn(cluster).LogIn(new Credentials("nobody", "correct horse"))));

        answers.ShouldContain(answer => answer.Refusal!.Code == RefusalCode.Overloaded && answer.Refusal.RetryAfterMs > 0);
    }

    [Fact]
    public async Task Bad_input_is_refused_with_its_reason()
    {
        var cluster = await clusters.On(StoreKind.Memory);

        ShouldBe(await SignIn(cluster).Register(new Registration(null, null, null)), RefusalCode.InvalidRequest, "email_invalid");
        ShouldBe(await SignIn(cluster).Register(Ann with { Username = "a b" }), RefusalCode.InvalidRequest, "username_invalid");
        ShouldBe(await SignIn(cluster).Register(Ann with { Password = "short" }), RefusalCode.InvalidRequest, "password_too_short");
        ShouldBe(await SignIn(cluster).LogIn(new Credentials(null, null)), RefusalCode.InvalidRequest, "login_invalid");
        ShouldBe(await SignIn(cluster).LogIn(new Credentials("ann", new string('x', 129))), RefusalCode.InvalidRequest, "password_invalid");
    }

    [Fact]
    public async Task Names_are_found_without_their_addresses()
    {
        var cluster = await clusters.On(StoreKind.Memory);
        var ann = (await SignIn(cluster).Register(Ann)).Value!.User;
        var directory = cluster.Client.GetGrain<IUserDirectoryGrain>(0);

        (await directory.FindByUsername(ann.Username.ToUpperInvariant())).Value.ShouldBe(new UserName(ann.Id, ann.Username));
        (await directory.FindByUsername("nobody")).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await directory.FindByUsername("'; drop table accounts; --\0")).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        (await directory.Find(new[] { ann.Id, Guid.Empty })).Value.ShouldBe([new UserName(ann.Id, ann.Username)]);
        (await directory.Find(new Guid[1001])).Refusal!.Reason.ShouldBe("too_many_ids");
    }

    [Fact]
    public async Task Without_its_database_everything_is_unavailable_and_says_when_to_come_back()
    {
        await using var cluster = await AccountClusters.Start("Host=127.0.0.1;Port=1;Username=nobody;Database=none");

        var refusals = new[]
        {
            (await SignIn(cluster).Register(Ann)).Refusal,
            (await SignIn(cluster).LogIn(new Credentials(Ann.Username, Ann.Password))).Refusal,
            (await cluster.Client.GetGrain<IAccountGrain>(Guid.Empty).Get()).Refusal,
            (await cluster.Client.GetGrain<IUserDirectoryGrain>(0).FindByUsername("ann")).Refusal,
            (await cluster.Client.GetGrain<ISessionGrain>(Guid.Empty).Refresh(new RefreshToken(Guid.Empty, new byte[32]))).Refusal,
            (await cluster.Client.GetGrain<ISigningKeyGrain>(0).Get()).Refusal,
        };

        refusals.ShouldAllBe(refusal => refusal!.Code == RefusalCode.Unavailable && refusal.RetryAfterMs > 0);
    }

    [Fact]
    public async Task Accounts_and_signing_keys_outlive_the_process()
    {
        var database = await postgres.CreateDatabase();
        string[] keys;
        await using (var before = await AccountClusters.Start(database))
        {
            (await SignIn(before).Register(Ann)).Ok.ShouldBeTrue();
            keys = await KeyIds(before);
        }

        await using var after = await AccountClusters.Start(database);

        (await SignIn(after).LogIn(new Credentials(Ann.Username, Ann.Password))).Ok.ShouldBeTrue();
        (await KeyIds(after)).ShouldBe(keys);
    }

    private static void ShouldBe(Answer<SignedIn> answer, RefusalCode code, string reason)
    {
        answer.Refusal.ShouldNotBeNull();
        answer.Refusal.Code.ShouldBe(code);
        answer.Refusal.Reason.ShouldBe(reason);
    }

    private static async Task<double> Shortest(Func<Task<Answer<SignedIn>>> logIn)
    {
        var shortest = double.MaxValue;
        for (var i = 0; i < 4; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await logIn();
            shortest = Math.Min(shortest, TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        return shortest;
    }

    private static async Task<string[]> KeyIds(ChatCluster cluster) =>
        (await cluster.Client.GetGrain<ISigningKeyGrain>(0).Get()).Value!.Select(key => key.Id).ToArray();

    private static ISignInGrain SignIn(ChatCluster cluster) => cluster.Client.GetGrain<ISignInGrain>(0);
}
