using Orleans;

namespace Chat.Accounts;

/// <summary>Someone who can sign in, as they see themselves.</summary>
[GenerateSerializer, Immutable, Alias("chat.account")]
public sealed record Account(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Email,
    [property: Id(2)] string Username);

/// <summary>Someone who can sign in, as others see them.</summary>
[GenerateSerializer, Immutable, Alias("chat.user-name")]
public sealed record UserName(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Username);
