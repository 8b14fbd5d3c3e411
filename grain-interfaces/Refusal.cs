using Orleans;

namespace Chat;

/// <summary>The field `code` of an error on the wire, in snake case; `docs/protocol.md` gives the HTTP status of each.</summary>
[GenerateSerializer]
public enum RefusalCode
{
    InvalidRequest,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Resync,
    TooLarge,
    Rejected,
    RateLimited,
    Overloaded,
    Unavailable,
}

/// <summary>An expected no. Nothing was changed, unless the code is <see cref="RefusalCode.Unavailable"/>: then the outcome is unknown and the
/// same request with the same idempotency key finds out.</summary>
/// <param name="Reason">Refines the code (`group_full`, `idempotency_mismatch`, ...), in snake case.</param>
/// <param name="RetryAfterMs">When asking again makes sense, in milliseconds.</param>
[GenerateSerializer, Immutable, Alias("chat.refusal")]
public sealed record Refusal(
    [property: Id(0)] RefusalCode Code,
    [property: Id(1)] string Message,
    [property: Id(2)] string? Reason = null,
    [property: Id(3)] int? RetryAfterMs = null)
{
    public static Refusal Invalid(string message, string? reason = null) => new(RefusalCode.InvalidRequest, message, reason);

    public static Refusal NotFound(string what) => new(RefusalCode.NotFound, $"There is no such {what}.");

    public static Refusal Forbidden(string message, string? reason = null) => new(RefusalCode.Forbidden, message, reason);

    public static Refusal Conflict(string message, string reason) => new(RefusalCode.Conflict, message, reason);

    public static Refusal Overloaded(string message, int retryAfterMs) => new(RefusalCode.Overloaded, message, null, retryAfterMs);

    public static Refusal Unavailable(string message, int retryAfterMs) => new(RefusalCode.Unavailable, message, null, retryAfterMs);
}

/// <summary>The value asked for, or why not.</summary>
[GenerateSerializer, Immutable, Alias("chat.answer`1")]
public readonly record struct Answer<T>([property: Id(0)] T? Value, [property: Id(1)] Refusal? Refusal)
    where T : class
{
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Refusal))]
    public bool Ok => Refusal is null;

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => new(null, refusal);
}
