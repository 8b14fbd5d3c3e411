using Chat.Grains.Inbox;
using Chat.Grains.Storage;
using Chat.Tests.Storage;
using Shouldly;
using Xunit;

namespace Chat.Tests.Inbox;

public sealed class ListCursorTests
{
    [Fact]
    public void Cursor_WrittenAndRead_IsTheSame()
    {
        var cursor = new InboxCursor(Samples.Start.AddTicks(123_450), Samples.NewId());

        ListCursor.TryRead(ListCursor.Write(cursor), out var read).ShouldBeTrue();

        read.ShouldBe(cursor);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAA AAAA AAAA AAAA AAAA AAAA AA")]
    [InlineData("__________AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("f_________AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("'; drop table messages; --------")]
    public void Cursor_NotOurs_IsNotRead(string text) => ListCursor.TryRead(text, out _).ShouldBeFalse();
}
