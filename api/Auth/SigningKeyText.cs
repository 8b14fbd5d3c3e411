using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Chat.Accounts;

namespace Chat.Api.Auth;

/// <summary>Signing keys as the lines of a key file.</summary>
internal static class SigningKeyText
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    public static bool IsKeyId(string? text) => text is { Length: >= 1 and <= 64 } && !text.AsSpan().ContainsAnyExcept(IdCharacters);

    /// <summary>Null unless there is a key, each line is one, and each id is there once.</summary>
    public static SigningKey[]? Parse(IEnumerable<string> lines)
    {
        var read = lines.Where(line => !string.IsNullOrWhiteSpace(line)).Select(ParseLine).ToArray();
        var keys = read.OfType<SigningKey>().DistinctBy(key => key.Id, StringComparer.Ordinal).ToArray();
        return keys.Length > 0 && keys.Length == read.Length ? keys : null;
    }

    public static string Format(SigningKey key) => $"{key.Id} {Base64Url.EncodeToString(key.Secret)}";

    public static SigningKey Create() => new(RandomNumberGenerator.GetHexString(16, lowercase: true), RandomNumberGenerator.GetBytes(SigningKey.MinLength));

    private static SigningKey? ParseLine(string line)
    {
        if (line.Trim().Split(' ') is not [var id, var text] || !IsKeyId(id) || !Base64Url.IsValid(text))
        {
            return null;
        }

        var secret = Base64Url.DecodeFromChars(text);
        return secret.Length < SigningKey.MinLength ? null : new SigningKey(id, secret);
    }
}
