using Chat.Accounts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class RefreshTokenTests
{
    private static readonly RefreshToken Token = new(new Guid("0190f2a0-0000-7000-8000-0123456789ab"), Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());

    [Fact]
    public void A_token_is_read_as_written()
    {
        var read = RefreshToken.Parse(Token.Encode())!;

        read.SessionId.ShouldBe(Token.SessionId);
        read.Secret.ShouldBe(Token.Secret);
    }

    [Fact]
    public void A_token_is_not_printed() => Token.ToString().ShouldBe(nameof(RefreshToken));

    [Fact]
    public void Anything_else_is_no_token()
    {
        var text = Token.Encode();

        foreach (var wrong in new[] { null, "", text[1..], text + "A", text + "=", $" {text[1..]}", $"{text[..^1]}\n", $"{text[..^1]}+", $"{text[..^1]}é" })
        {
            RefreshToken.Parse(wrong).ShouldBeNull();
        }
    }

    [Fact]
    public void No_text_makes_parsing_fail() =>
        Prop.ForAll<string>(text =>
        {
            var padded = ((text ?? "") + new string('A', 64))[..64];
            return RefreshToken.Parse(padded) is not { } token || token.Encode() == padded;
        }).QuickCheckThrowOnFailure();
}
