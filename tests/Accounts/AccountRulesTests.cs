using Chat.Accounts;
using Chat.Grains.Accounts;
using Shouldly;
using Xunit;

namespace Chat.Tests.Accounts;

public sealed class AccountRulesTests
{
    private static readonly Registration Sound = new("ann@example.org", "ann", "correct horse", null);

    [Theory]
    [InlineData("a@b")]
    [InlineData("ann@example.org")]
    [InlineData("ann.o'neil+chat@mail.example-one.co")]
    public void An_address_is_accepted(string email) => AccountRules.IsEmail(email).ShouldBeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("@example.org")]
    [InlineData("ann@")]
    [InlineData("ann@@example.org")]
    [InlineData("ann@example@org")]
    [InlineData("ann@example..org")]
    [InlineData("ann@-example.org")]
    [InlineData("ann@example-.org")]
    [InlineData("ann smith@example.org")]
    [InlineData("ann@example.org\n")]
    [InlineData("ann\0@example.org")]
    [InlineData("\u0430nn@example.org")]
    public void What_is_no_address_is_refused(string? email) => AccountRules.IsEmail(email).ShouldBeFalse();

    [Fact]
    public void An_address_has_at_most_254_characters()
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('b', 62), 4));

        AccountRules.IsEmail($"aa@{domain}").ShouldBeTrue();
        AccountRules.IsEmail($"aaa@{domain}").ShouldBeFalse();
    }

    [Theory]
    [InlineData("ann", true)]
    [InlineData("Ann_B.c-9", true)]
    [InlineData("an", false)]
    [InlineData("12345678901234567890123456789012", true)]
    [InlineData("123456789012345678901234567890123", false)]
    [InlineData("ann smith", false)]
    [InlineData("ann\u202E", false)]
    [InlineData("ann@home", false)]
    [InlineData("\u0430nna", false)]
    [InlineData(null, false)]
    public void A_user_name_is_judged_by_its_characters(string? username, bool accepted) => AccountRules.IsUsername(username).ShouldBe(accepted);

    [Theory]
    [InlineData("1234567", "password_too_short")]
    [InlineData("12345678", null)]
    [InlineData("pass\0word", "invalid_character")]
    [InlineData("pass\ud800word", "invalid_character")]
    [InlineData(null, "password_too_short")]
    public void A_password_is_judged_by_its_length_and_characters(string? password, string? reason) =>
        (AccountRules.Check(Sound with { Password = password })?.Reason).ShouldBe(reason);

    [Fact]
    public void A_password_has_at_most_128_characters()
    {
        AccountRules.Check(Sound with { Password = new string('x', 128) }).ShouldBeNull();
        AccountRules.Check(Sound with { Password = new string('x', 129) })!.Reason.ShouldBe("password_too_long");
    }

    [Fact]
    public void Keys_ignore_case() => AccountRules.KeyOf("Ann@Example.ORG").ShouldBe(AccountRules.KeyOf("aNN@eXAMPLE.org"));

    [Theory]
    [InlineData("Firefox\r\n on \u202ELinux\0", "Firefox on Linux")]
    [InlineData("  ", null)]
    [InlineData(null, null)]
    public void A_device_label_is_one_plain_line(string? device, string? label) => AccountRules.DeviceLabel(device).ShouldBe(label);

    [Fact]
    public void A_device_label_is_clipped() => AccountRules.DeviceLabel(new string('x', 10_000))!.Length.ShouldBe(100);

    [Fact]
    public void A_record_with_a_password_does_not_print_it()
    {
        Sound.ToString().ShouldNotContain("correct horse");
        new Credentials("ann", "correct horse", null).ToString().ShouldNotContain("correct horse");
    }
}
