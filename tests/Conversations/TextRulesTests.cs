using Chat.Grains.Conversations;
using Shouldly;
using Xunit;

namespace Chat.Tests.Conversations;

public sealed class TextRulesTests
{
    [Theory]
    [InlineData("hello", null)]
    [InlineData("\U0001F468\u200D\U0001F469\u200D\U0001F467", null)]
    [InlineData("a\u0301", null)]
    [InlineData("", "empty_message")]
    [InlineData("  \t\r\n", "empty_message")]
    [InlineData("\u200B", "empty_message")]
    [InlineData("\u3164", "empty_message")]
    [InlineData("\u2800\u00A0", "empty_message")]
    [InlineData("a\0b", "invalid_character")]
    [InlineData("a\uD800b", "invalid_character")]
    [InlineData("\uDC00", "invalid_character")]
    public void Text_is_judged_by_what_a_reader_can_see(string text, string? reason) =>
        TextRules.Check(text, 100, "message")?.Reason.ShouldBe(reason);

    [Theory]
    [InlineData("hello", true)]
    [InlineData(" x ", true)]
    [InlineData("\u200B", false)]
    public void Visible_text_is_let_through(string text, bool allowed) => (TextRules.Check(text, 100, "message") is null).ShouldBe(allowed);

    [Fact]
    public void Length_is_counted_in_code_points()
    {
        var atLimit = string.Concat(Enumerable.Repeat("\U0001F600", 10));
        TextRules.Check(atLimit, 10, "message").ShouldBeNull();
        TextRules.Check(atLimit + "x", 10, "message")!.Code.ShouldBe(RefusalCode.TooLarge);
    }
}
