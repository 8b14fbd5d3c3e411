using Orleans;

namespace Chat.Accounts;

/// <param name="Device">What the person will recognise the session by; shown, never interpreted.</param>
[GenerateSerializer, Immutable, Alias("chat.registration")]
public sealed record Registration(
    [property: Id(0)] string? Email,
    [property: Id(1)] string? Username,
    [property: Id(2)] string? Password,
    [property: Id(3)] string? Device = null)
{
    // Calls are logged with their arguments when they are slow: a password must not be readable there.
    public override string ToString() => nameof(Registration);
}

/// <param name="Login">E-mail address or user name.</param>
/// <param name="Device">As in <see cref="Registration"/>.</param>
[GenerateSerializer, Immutable, Alias("chat.credentials")]
public sealed record Credentials(
    [property: Id(0)] string? Login,
    [property: Id(1)] string? Password,
    [property: Id(2)] string? Device = null)
{
    public override string ToString() => nameof(Credentials);
}

/// <summary>Someone who signed in, and what keeps them so.</summary>
[GenerateSerializer, Immutable, Alias("chat.signed-in")]
public sealed record SignedIn(
    [property: Id(0)] Account User,
    [property: Id(1)] RefreshToken RefreshToken);

/// <summary>Makes accounts and sessions from passwords. A stateless worker: the key is 0.</summary>
[Alias("chat.sign-in-grain")]
public interface ISignInGrain : IGrainWithIntegerKey
{
    /// <summary>`conflict` with `email_taken` or `username_taken`; `invalid_request` with what is wrong.</summary>
    [Alias("register")]
    Task<Answer<SignedIn>> Register(Registration registration);

    /// <summary>`unauthenticated` with `credentials_invalid`, and as late, whether the login or the password is wrong.</summary>
    [Alias("log-in")]
    Task<Answer<SignedIn>> LogIn(Credentials credentials);
}
