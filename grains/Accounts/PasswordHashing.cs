using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Chat.Grains.Accounts;

/// <summary>Hashes passwords on threads of its own: a hash takes tens of milliseconds of a processor, and on the pool's threads a storm of logins would hold
/// up every grain of the silo. The queue is bounded; no place in it is an answer.</summary>
internal sealed class PasswordHashing : IDisposable
{
    private static readonly object Nobody = new();

    private readonly PasswordHasher<object> _hasher;
    private readonly BlockingCollection<Action> _queue;
    private readonly Lazy<string> _decoy;

    public PasswordHashing(IOptions<AccountOptions> options)
    {
        var iterations = options.Value.PasswordIterations;
        _hasher = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        _decoy = new Lazy<string>(() => _hasher.HashPassword(Nobody, RandomNumberGenerator.GetHexString(32)));
        _queue = new BlockingCollection<Action>(options.Value.PasswordQueue);
        for (var i = 0; i < options.Value.PasswordThreads; i++)
        {
            new Thread(Work) { IsBackground = true, Name = "password hashing" }.Start();
        }

        _queue.Add(() => _ = _decoy.Value);
    }

    /// <summary>False when too many wait already.</summary>
    public bool TryHash(string password, [NotNullWhen(true)] out Task<string>? hash) =>
        TryRun(() => _hasher.HashPassword(Nobody, password), out hash);

    /// <summary>False when too many wait already. Without a hash it fails, as late as with one.</summary>
    public bool TryVerify(string? hash, string password, [NotNullWhen(true)] out Task<PasswordVerificationResult>? result) =>
        TryRun(() => Verify(hash, password), out result);

    public void Dispose() => _queue.CompleteAdding();

    private PasswordVerificationResult Verify(string? hash, string password)
    {
        var result = _hasher.VerifyHashedPassword(Nobody, hash ?? _decoy.Value, password);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }

    private bool TryRun<T>(Func<T> work, [NotNullWhen(true)] out Task<T>? task)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = !_queue.IsAddingCompleted && _queue.TryAdd(() => Complete(completion, work));
        task = queued ? completion.Task : null;
        return queued;
    }

    private static void Complete<T>(TaskCompletionSource<T> completion, Func<T> work)
    {
        try
        {
            completion.SetResult(work());
        }
        catch (Exception e)
        {
            // A bug belongs to who asked; the thread goes on for the others.
            completion.SetException(e);
        }
    }

    private void Work()
    {
        foreach (var job in _queue.GetConsumingEnumerable())
        {
            job();
        }
    }
}
