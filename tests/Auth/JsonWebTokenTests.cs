using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Chat.Accounts;
using Chat.Api.Auth;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

public sealed class JsonWebTokenTests
{
    // RFC 7515, appendix A.1; the same token is the example of RFC 7519, section 3.1.
    private const string RfcHeader = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
    private const string RfcPayload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    private const string RfcKey = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    private const string RfcToken =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    // RFC 7519, section 6.1.
    private const string RfcUnsecured =
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

    private const string Header = """{"alg":"HS256","kid":"one","typ":"at+jwt"}""";

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenRules Rules = new("chat", "chat", TimeSpan.FromSeconds(60));
    private static readonly SigningKey One = new("one", Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly SigningKey Two = new("two", Enumerable.Repeat((byte)2, 32).ToArray());
    private static readonly AccessClaims Ann = new(
        new Guid("0190f2a0-0000-7000-8000-000000000001"), "ann@example.org", "ann", new Guid("0190f2a0-0000-7000-8000-000000000002"), Seconds(0), Seconds(3600));

    [Fact]
    public void The_example_of_the_standard_is_signed_byte_by_byte() =>
        JsonWebToken.Sign(Encoding.UTF8.GetBytes(RfcHeader), Encoding.UTF8.GetBytes(RfcPayload), Base64Url.DecodeFromChars(RfcKey)).ShouldBe(RfcToken);

    [Fact]
    public void The_example_s_signature_holds_and_a_changed_one_does_not()
    {
        var (signed, signature) = (RfcToken[..RfcToken.LastIndexOf('.')], RfcToken[(RfcToken.LastIndexOf('.') + 1)..]);
        var key = Base64Url.DecodeFromChars(RfcKey);

        JsonWebToken.HoldsSignature(signed, signature, key).ShouldBeTrue();
        JsonWebToken.HoldsSignature(signed, signature[..^4], key).ShouldBeFalse();
        JsonWebToken.HoldsSignature(signed, "", key).ShouldBeFalse();
        JsonWebToken.HoldsSignature(signed + "A", signature, key).ShouldBeFalse();
    }

    [Fact]
    public void The_examples_of_the_standard_are_no_access_tokens()
    {
        Fault(RfcToken).ShouldBe(TokenFault.Invalid);
        Fault(RfcUnsecured).ShouldBe(TokenFault.Invalid);
    }

    [Fact]
    public void A_token_is_read_as_written()
    {
        JsonWebToken.Read(Valid(), [One], Rules, Now, out var claims).ShouldBe(TokenFault.None);

        claims.ShouldBe(Ann);
    }

    [Fact]
    public void While_keys_rotate_tokens_of_both_are_read()
    {
        JsonWebToken.Read(JsonWebToken.Create(Ann, Rules, Two), [One, Two], Rules, Now, out _).ShouldBe(TokenFault.None);
        JsonWebToken.Read(JsonWebToken.Create(Ann, Rules, Two), [One], Rules, Now, out _).ShouldBe(TokenFault.UnknownKey);
    }

    [Fact]
    public void Another_key_of_the_same_name_does_not_hold() =>
        Fault(JsonWebToken.Create(Ann, Rules, Two with { Id = "one" })).ShouldBe(TokenFault.Invalid);

    [Theory]
    [InlineData("""{"alg":"none","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"NONE","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"None","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"hs256","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS512","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"RS256","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":["HS256"],"kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","kid":"one"}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","kid":1,"typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","kid":"\ud800","typ":"at+jwt"}""")]
    [InlineData("""{"\ud800":"HS256","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"\ud800":"HS256","\ud800":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt","crit":["exp"]}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt","jku":"https://evil.example/keys"}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt","x5u":"https://evil.example/keys"}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt","jwk":{"kty":"oct","k":"AQ"}}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt","zip":"DEF"}""")]
    [InlineData("""{"alg":"none","alg":"HS256","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","\u0061lg":"HS256","kid":"one","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","kid":"one","typ":"at+jwt"} """ + "x")]
    [InlineData("""["HS256","one","at+jwt"]""")]
    [InlineData("\"HS256\"")]
    [InlineData("null")]
    [InlineData("")]
    public void Another_header_is_refused_even_when_it_is_signed(string header) => Fault(Signed(header, Payload())).ShouldBe(TokenFault.Invalid);

    [Theory]
    [InlineData("one\0")]
    [InlineData("ONE")]
    [InlineData("../one")]
    [InlineData("one' or '1'='1")]
    public void Another_key_id_is_unknown(string keyId) => Fault(JsonWebToken.Create(Ann, Rules, One with { Id = keyId })).ShouldBe(TokenFault.UnknownKey);

    [Theory]
    [InlineData("iss", "\"other\"")]
    [InlineData("iss", "null")]
    [InlineData("aud", "\"other\"")]
    [InlineData("aud", "[\"chat\"]")]
    [InlineData("sub", "\"ann\"")]
    [InlineData("sub", "\"00000000-0000-0000-0000-000000000000\"")]
    [InlineData("sub", "\"{0190f2a0-0000-7000-8000-000000000001}\"")]
    [InlineData("sub", "1")]
    [InlineData("sid", "\"\"")]
    [InlineData("exp", "\"1772370000\"")]
    [InlineData("exp", "1e400")]
    [InlineData("exp", "1772370000.5")]
    [InlineData("exp", "9223372036854775808")]
    [InlineData("exp", "true")]
    [InlineData("iat", "\"now\"")]
    [InlineData("iat", "1772366461")]
    [InlineData("nbf", "1772366461")]
    [InlineData("nbf", "\"1\"")]
    [InlineData("email", "{}")]
    [InlineData("username", "\"\\ud800\"")]
    public void A_wrong_claim_is_refused(string claim, string value) => Fault(Signed(Header, With(claim, value))).ShouldBe(TokenFault.Invalid);

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\u0065xp\\udfff")]
    public void A_claim_whose_name_is_no_text_is_refused(string claim) => Fault(Signed(Header, With(claim, "1"))).ShouldBe(TokenFault.Invalid);

    [Theory]
    [InlineData("iss")]
    [InlineData("aud")]
    [InlineData("sub")]
    [InlineData("sid")]
    [InlineData("exp")]
    [InlineData("iat")]
    [InlineData("email")]
    [InlineData("username")]
    public void A_missing_claim_is_refused(string claim)
    {
        var payload = Payload();
        payload.Remove(claim).ShouldBeTrue();

        Fault(Signed(Header, payload.ToJsonString())).ShouldBe(TokenFault.Invalid);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("12")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    public void A_payload_that_is_no_object_is_refused(string payload) => Fault(Signed(Header, payload)).ShouldBe(TokenFault.Invalid);

    [Fact]
    public void A_claim_that_is_there_twice_is_refused() =>
        Fault(Signed(Header, Payload().ToJsonString().Replace("{", """{"sub":"0190f2a0-0000-7000-8000-000000000009",""", StringComparison.Ordinal))).ShouldBe(TokenFault.Invalid);

    [Fact]
    public void The_signed_part_can_be_read_as_it_is_in_these_tests() => Fault(Signed(Header, Payload())).ShouldBe(TokenFault.None);

    [Theory]
    [InlineData(3599, nameof(TokenFault.None))]
    [InlineData(3659, nameof(TokenFault.None))]
    [InlineData(3660, nameof(TokenFault.Expired))]
    [InlineData(-60, nameof(TokenFault.None))]
    [InlineData(-61, nameof(TokenFault.Invalid))]
    public void A_token_lives_as_long_as_it_says_give_or_take_the_clocks(int after, string fault) =>
        JsonWebToken.Read(Valid(), [One], Rules, Now.AddSeconds(after), out _).ToString().ShouldBe(fault);

    [Theory]
    [InlineData("1772366460", nameof(TokenFault.None))]
    [InlineData("1772366461", nameof(TokenFault.Invalid))]
    public void Not_before_is_kept_give_or_take_the_clocks(string notBefore, string fault) => Fault(Signed(Header, With("nbf", notBefore))).ToString().ShouldBe(fault);

    [Fact]
    public void Other_spellings_of_a_token_are_refused()
    {
        var token = Valid();
        var parts = token.Split('.');

        string[] spellings =
        [
            token + "=", token + ".", "." + token, token + "\n", " " + token, token[..^1], token[..^2], parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".",
            $"{parts[0]}=.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}\r\n.{parts[2]}", $"{parts[0]}..{parts[2]}", $"..{parts[2]}", "..", "", "....",
            $"{parts[0]}.{parts[1]}.{parts[2]}.", $"{parts[0]}.x.{parts[1]}.{parts[2]}.x", StrayBits(token), token.Replace('-', '+').Replace('_', '/') + "é",
        ];
        foreach (var spelling in spellings)
        {
            Fault(spelling).ShouldBe(TokenFault.Invalid, spelling);
        }
    }

    [Fact]
    public void A_token_of_more_than_8_KiB_is_refused()
    {
        var rooms = Enumerable.Range(0, 2).Select(i => Signed(Header, With("pad", $"\"{new string('x', 5000 + (i * 2000))}\""))).ToArray();

        rooms.Select(token => token.Length > JsonWebToken.MaxLength).ShouldBe([false, true]);
        rooms.Select(Fault).ShouldBe([TokenFault.None, TokenFault.Invalid]);
    }

    [Fact]
    public void One_changed_character_anywhere_breaks_a_token() =>
        Prop.ForAll<int, int>((position, replacement) =>
        {
            const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= ";
            var token = Valid().ToCharArray();
            var at = (int)((uint)position % token.Length);
            var original = token[at];
            token[at] = Alphabet[(int)((uint)replacement % Alphabet.Length)];
            return token[at] == original || Fault(new string(token)) != TokenFault.None;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_makes_reading_fail() =>
        Prop.ForAll<string, string>((header, payload) =>
            Fault($"{header}.{payload}.x") != TokenFault.None && Fault(Signed(header ?? "", payload ?? "")) != TokenFault.None && Fault(Signed(Header, payload ?? "")) != TokenFault.None)
            .QuickCheckThrowOnFailure();

    private static string StrayBits(string token)
    {
        // 32 bytes are 43 characters, of whose last only four bits count: the next in the alphabet decodes to the same bytes.
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return token[..^1] + Alphabet[Alphabet.IndexOf(token[^1]) + 1];
    }

    private static TokenFault Fault(string token) => JsonWebToken.Read(token, [One], Rules, Now, out _);

    private static string Valid() => JsonWebToken.Create(Ann, Rules, One);

    private static string Signed(string header, JsonObject payload) => Signed(header, payload.ToJsonString());

    private static string Signed(string header, string payload) => JsonWebToken.Sign(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload), One.Secret);

    private static string With(string claim, string value)
    {
        var payload = Payload();
        payload.Remove(claim);
        return payload.ToJsonString().Replace("{", $"{{\"{claim}\":{value},", StringComparison.Ordinal);
    }

    private static JsonObject Payload() => JsonNode.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Valid().Split('.')[1])))!.AsObject();

    private static long Seconds(int after) => Now.ToUnixTimeSeconds() + after;
}
