using Chat.Grains.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class PasswordHashingTests
{
    [Fact]
    public async Task A_password_is_verified_against_its_hash()
    {
        using var hashing = WithIterations(1000);
        var hash = await Hash(hashing, "correct horse");

        (await Verify(hashing, hash, "correct horse")).ShouldBe(PasswordVerificationResult.Success);
        (await Verify(hashing, hash, "wrong horse")).ShouldBe(PasswordVerificationResult.Failed);
    }

    [Fact]
    public async Task Without_a_hash_every_password_is_wrong()
    {
        using var hashing = WithIterations(1000);

        (await Verify(hashing, null, "correct horse")).ShouldBe(PasswordVerificationResult.Failed);
    }

    [Fact]
    public async Task A_hash_of_fewer_rounds_asks_to_be_renewed()
    {
        using var weak = WithIterations(1000);
        using var strong = WithIterations(2000);

        (await Verify(strong, await Hash(weak, "correct horse"), "correct horse")).ShouldBe(PasswordVerificationResult.SuccessRehashNeeded);
    }

    [Fact]
    public async Task A_full_queue_is_an_answer()
    {
        using var hashing = new PasswordHashing(Options.Create(new AccountOptions { PasswordIterations = 200_000, PasswordThreads = 1, PasswordQueue = 2 }));
        var accepted = new List<Task<string>>();

        while (hashing.TryHash("correct horse", out var hash))
        {
            accepted.Add(hash);
            accepted.Count.ShouldBeLessThan(100);
        }

        (await Task.WhenAll(accepted)).ShouldAllBe(hash => hash.Length > 0);
        hashing.TryHash("correct horse", out _).ShouldBeTrue();
    }

    private static PasswordHashing WithIterations(int iterations) =>
        new(Options.Create(new AccountOptions { PasswordIterations = iterations, PasswordThreads = 1 }));

    private static Task<string> Hash(PasswordHashing hashing, string password) =>
        hashing.TryHash(password, out var hash) ? hash : throw new InvalidOperationException("The queue is full.");

    private static Task<PasswordVerificationResult> Verify(PasswordHashing hashing, string? hash, string password) =>
        hashing.TryVerify(hash, password, out var result) ? result : throw new InvalidOperationException("The queue is full.");
}
