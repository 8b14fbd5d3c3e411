using System.Security.Cryptography;
using Chat.Accounts;
using Chat.Grains.Accounts;
using Chat.Tests.Storage;
using Chat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class SessionGrainTests(AccountClusters clusters, PostgresFixture postgres) : IClassFixture<AccountClusters>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    // The clusters are shared by the class: names differ from test to test.
    private readonly string _name = $"p{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_refresh_token_is_traded_for_its_successor(StoreKind kind)
    {
        var cluster = await clusters.On(kind);
        var first = await Register(cluster);

        var second = (await Refresh(cluster, first.RefreshToken)).Value!;
        var third = (await Refresh(cluster, second.RefreshToken)).Value!;

        second.User.ShouldBe(first.User);
        new[] { first, second, third }.Select(signedIn => signedIn.RefreshToken.Encode()).Distinct().Count().ShouldBe(3);
        new[] { first, second, third }.Select(signedIn => signedIn.RefreshToken.SessionId).Distinct().ShouldHaveSingleItem();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_hundred_parallel_refreshes_give_one_live_successor(StoreKind kind)
    {
        var cluster = await clusters.On(kind);
        var first = await Register(cluster);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Refresh(cluster, first.RefreshToken)));

        answers.Select(answer => answer.Value!.RefreshToken.Encode()).Distinct().ShouldHaveSingleItem();
        (await Refresh(cluster, answers[0].Value!.RefreshToken)).Ok.ShouldBeTrue();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_token_that_comes_back_after_its_successor_was_used_ends_the_session_and_no_other(StoreKind kind)
    {
        var cluster = await clusters.On(kind);
        var first = await Register(cluster);
        var elsewhere = (await cluster.Client.GetGrain<ISignInGrain>(0).LogIn(new Credentials(_name, "correct horse"))).Value!;
        var second = (await Refresh(cluster, first.RefreshToken)).Value!;
        var third = (await Refresh(cluster, second.RefreshToken)).Value!;

        ShouldBe(await Refresh(cluster, first.RefreshToken), "refresh_reused");

        ShouldBe(await Refresh(cluster, third.RefreshToken), "session_ended");
        (await Session(cluster, first).Check()).Refusal!.Reason.ShouldBe("session_ended");
        (await Refresh(cluster, elsewhere.RefreshToken)).Ok.ShouldBeTrue();
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task A_guess_by_someone_who_knows_the_session_ends_it(StoreKind kind)
    {
        var cluster = await clusters.On(kind);
        var first = await Register(cluster);

        ShouldBe(await Refresh(cluster, first.RefreshToken with { Secret = new byte[32] }), "refresh_reused");
        ShouldBe(await Refresh(cluster, first.RefreshToken), "session_ended");
    }

    [Theory, ClassData(typeof(EveryStore))]
    public async Task Who_logged_out_is_out_and_may_do_so_again(StoreKind kind)
    {
        var cluster = await clusters.On(kind);
        var first = await Register(cluster);
        (await Session(cluster, first).Check()).Value.ShouldBe(first.User);

        (await Session(cluster, first).LogOut()).Ok.ShouldBeTrue();
        (await Session(cluster, first).LogOut()).Ok.ShouldBeTrue();

        ShouldBe(await Refresh(cluster, first.RefreshToken), "session_ended");
        (await Session(cluster, first).Check()).Refusal!.Reason.ShouldBe("session_ended");
    }

    [Fact]
    public async Task A_session_outlives_the_process()
    {
        var database = await postgres.CreateDatabase();
        SignedIn first;
        await using (var before = await AccountClusters.Start(database))
        {
            first = await Register(before);
        }

        await using var after = await AccountClusters.Start(database);

        (await Refresh(after, first.RefreshToken)).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task An_id_that_does_not_exist_keeps_no_activation()
    {
        var seen = new SeenActivations();
        await using var cluster = await ChatCluster.Start(services => services.AddSingleton<IIncomingGrainCallFilter>(seen));
        var (session, account) = (Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Guid.CreateVersion7(DateTimeOffset.UnixEpoch));

        ShouldBe(await Refresh(cluster, new RefreshToken(session, new byte[32])), "refresh_invalid");
        (await cluster.Client.GetGrain<IAccountGrain>(account).Get()).Refusal!.Code.ShouldBe(RefusalCode.NotFound);

        await seen.Of(session).Deactivated.WaitAsync(Soon);
        await seen.Of(account).Deactivated.WaitAsync(Soon);
    }

    private static void ShouldBe(Answer<SignedIn> answer, string reason)
    {
        answer.Refusal.ShouldNotBeNull();
        answer.Refusal.Code.ShouldBe(RefusalCode.Unauthenticated);
        answer.Refusal.Reason.ShouldBe(reason);
    }

    private async Task<SignedIn> Register(ChatCluster cluster) =>
        (await cluster.Client.GetGrain<ISignInGrain>(0).Register(new Registration($"{_name}@example.org", _name, "correct horse"))).Value!;

    private static Task<Answer<SignedIn>> Refresh(ChatCluster cluster, RefreshToken token) =>
        cluster.Client.GetGrain<ISessionGrain>(token.SessionId).Refresh(token);

    private static ISessionGrain Session(ChatCluster cluster, SignedIn signedIn) =>
        cluster.Client.GetGrain<ISessionGrain>(signedIn.RefreshToken.SessionId);

    private sealed class SeenActivations : IIncomingGrainCallFilter
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<Guid, IGrainContext> _contexts = new();

        public IGrainContext Of(Guid key) => _contexts[key];

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain is SessionGrain or AccountGrain && context.TargetId.TryGetGuidKey(out var key, out _))
            {
                _contexts[key] = context.TargetContext;
            }

            return context.Invoke();
        }
    }
}
