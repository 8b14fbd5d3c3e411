using System.Buffers;
using Chat.Accounts;

namespace Chat.Grains.Accounts;

/// <summary>What an account may be made of. Addresses and names are ASCII: no two of them look alike or fold to the same key by accident.</summary>
internal static class AccountRules
{
    public const int MaxEmailLength = 254;
    public const int MinPasswordLength = 8;
    public const int MaxPasswordLength = 128;

    private const string LettersAndDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int MaxDeviceLength = 100;

    private static readonly SearchValues<char> UsernameCharacters = SearchValues.Create(LettersAndDigits + "_.-");
    private static readonly SearchValues<char> MailboxCharacters = SearchValues.Create(LettersAndDigits + ".!#$%&'*+/=?^_`{|}~-");
    private static readonly SearchValues<char> DomainCharacters = SearchValues.Create(LettersAndDigits + "-");

    public static Refusal? Check(Registration registration)
    {
        if (!IsEmail(registration.Email))
        {
            return Refusal.Invalid($"The e-mail address is not one, or longer than {MaxEmailLength} characters.", "email_invalid");
        }

        if (!IsUsername(registration.Username))
        {
            return Refusal.Invalid("A user name has 3 to 32 letters (a-z), digits, '_', '.' or '-'.", "username_invalid");
        }

        return CheckPassword(registration.Password);
    }

    /// <summary>Only what no account can have; everything else is for the password check to refuse, as late as a wrong password.</summary>
    public static Refusal? Check(Credentials credentials)
    {
        if (credentials.Login is not { Length: > 0 and <= MaxEmailLength })
        {
            return Refusal.Invalid($"The login has 1 to {MaxEmailLength} characters.", "login_invalid");
        }

        if (credentials.Password is not { Length: > 0 and <= MaxPasswordLength })
        {
            return Refusal.Invalid($"The password has 1 to {MaxPasswordLength} characters.", "password_invalid");
        }

        return null;
    }

    public static bool IsEmail(string? text)
    {
        if (text is not { Length: <= MaxEmailLength } || text.IndexOf('@') is not (>= 1 and <= 64 and var at))
        {
            return false;
        }

        return !text.AsSpan(0, at).ContainsAnyExcept(MailboxCharacters) && IsDomain(text.AsSpan(at + 1));
    }

    public static bool IsUsername(string? text) =>
        text is { Length: >= 3 and <= 32 } && !text.AsSpan().ContainsAnyExcept(UsernameCharacters);

    /// <summary>What is unique about an address or a name.</summary>
    public static string KeyOf(string emailOrUsername) => emailOrUsername.ToLowerInvariant();

    /// <summary>A device's own description of itself, fit to be shown on one line.</summary>
    public static string? DeviceLabel(string? device)
    {
        var label = string.Concat((device ?? "").Where(character => character is >= ' ' and <= '~').Take(MaxDeviceLength)).Trim();
        return label.Length == 0 ? null : label;
    }

    private static Refusal? CheckPassword(string? password)
    {
        if (password is not { Length: >= MinPasswordLength })
        {
            return Refusal.Invalid($"A password has at least {MinPasswordLength} characters.", "password_too_short");
        }

        if (password.Length > MaxPasswordLength)
        {
            return Refusal.Invalid($"A password has at most {MaxPasswordLength} characters.", "password_too_long");
        }

        return password.EnumerateRunes().Any(rune => rune.Value is 0 or 0xFFFD)
            ? Refusal.Invalid("The password has a character that is none.", "invalid_character")
            : null;
    }

    private static bool IsDomain(ReadOnlySpan<char> domain)
    {
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is < 1 or > 63 || label.ContainsAnyExcept(DomainCharacters) || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }
        }

        return true;
    }
}
