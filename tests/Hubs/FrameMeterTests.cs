using Chat.Api.Hosting;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Hubs;

public sealed class FrameMeterTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void A_frame_is_one_however_long_it_is_and_however_it_is_cut(int length)
    {
        var frames = Enumerable.Repeat(Frame(length), 30).SelectMany(f => f).ToArray();
        foreach (var cut in new[] { 1, 2, 7, 1_000, frames.Length })
        {
            var meter = new FrameMeter(10, _time);
            frames.Chunk(cut).ShouldAllBe(chunk => meter.Admits(chunk));
            meter.Admits([0x89]).ShouldBeFalse("thirty are what three seconds allow, and this is one more");
        }
    }

    [Fact]
    public void What_the_rate_allows_goes_on_for_ever()
    {
        var meter = new FrameMeter(10, _time);
        for (var i = 0; i < 1_000; i++)
        {
            meter.Admits(Frame(3)).ShouldBeTrue();
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Fact]
    public void A_lying_length_counts_as_one_frame_that_never_ends()
    {
        var meter = new FrameMeter(10, _time);
        meter.Admits([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]).ShouldBeTrue();
        meter.Admits(new byte[1_000_000]).ShouldBeTrue();
    }

    private static byte[] Frame(int length)
    {
        byte[] header = length switch
        {
            < 126 => [0x81, (byte)(0x80 | length)],
            < 65_536 => [0x81, 0x80 | 126, (byte)(length >> 8), (byte)length],
            _ => [0x81, 0x80 | 127, 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        return [.. header, 1, 2, 3, 4, .. new byte[length]];
    }
}
