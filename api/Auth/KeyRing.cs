using Chat.Accounts;

namespace Chat.Api.Auth;

/// <summary>The signing keys at hand. They are asked for again now and then, and when a token names one that is not here, but never more often than tokens
/// of strangers could be made to cost something.</summary>
internal sealed class KeyRing(ISigningKeySource source, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OnUnknownKey = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _loading = new(1);
    private Held? _held;

    public ValueTask<Answer<SigningKey[]>> Get() => Get(Usual);

    /// <summary>A token named a key that <see cref="Get()"/> did not give.</summary>
    public ValueTask<Answer<SigningKey[]>> Renew() => Get(OnUnknownKey);

    public void Dispose() => _loading.Dispose();

    private ValueTask<Answer<SigningKey[]>> Get(TimeSpan maxAge) =>
        Volatile.Read(ref _held) is { } held && IsFresh(held, maxAge) ? new(held.Answer) : Load(maxAge);

    private async ValueTask<Answer<SigningKey[]>> Load(TimeSpan maxAge)
    {
        // Who has keys does not wait while another asks for newer ones.
        var held = Volatile.Read(ref _held);
        if (!await _loading.WaitAsync(held is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero))
        {
            return held!.Answer;
        }

        try
        {
            held = Volatile.Read(ref _held);
            if (held is null || !IsFresh(held, maxAge))
            {
                var loaded = await source.Load();
                held = new Held(loaded.Ok || held is null ? loaded : held.Answer, time.GetTimestamp());
                Volatile.Write(ref _held, held);
            }

            return held.Answer;
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh(Held held, TimeSpan maxAge) => time.GetElapsedTime(held.At) < (held.Answer.Ok ? maxAge : AfterFailure);

    private sealed record Held(Answer<SigningKey[]> Answer, long At);
}
