using Chat.Api.Delivery;
using Chat.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

public sealed class PublisherNumbersTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    private readonly ManualTime _time = new();

    [Fact]
    public void Numbers_from_one_and_their_repetition_are_in_order()
    {
        var numbers = New();
        numbers.On("a", 0, empty: true).ShouldBe(BatchOrder.InOrder);
        numbers.On("a", 1, empty: false).ShouldBe(BatchOrder.InOrder);
        numbers.On("a", 1, empty: true).ShouldBe(BatchOrder.InOrder);
        numbers.On("a", 2, empty: false).ShouldBe(BatchOrder.InOrder);
        numbers.On("b", 1, empty: false).ShouldBe(BatchOrder.InOrder, "each silo counts for itself");
    }

    [Theory]
    [InlineData(2, false)] // the first one is missing
    [InlineData(1, true)] // the last one was lost, and its number is repeated
    public void What_was_lost_first_or_last_shows(long number, bool empty) => New().On("a", number, empty).ShouldBe(BatchOrder.Hole);

    [Fact]
    public void A_silo_that_counts_anew_shows()
    {
        var numbers = New();
        numbers.On("a", 1, empty: false);
        numbers.On("a", 2, empty: false);
        numbers.On("a", 1, empty: true).ShouldBe(BatchOrder.Hole);
    }

    [Fact]
    public void Whatever_is_dropped_shows_by_the_next_repetition_and_what_is_doubled_never_does()
    {
        var batches = Gen.Elements("kept", "dropped", "doubled").ArrayOf();
        Prop.ForAll(batches.ToArbitrary(), fates =>
        {
            var numbers = New();
            var orders = new List<BatchOrder>();
            for (var i = 0; i < fates.Length; i++)
            {
                orders.AddRange(Enumerable.Repeat(0, fates[i] switch { "kept" => 1, "doubled" => 2, _ => 0 }).Select(_ => numbers.On("a", i + 1, empty: false)));
            }

            orders.Add(numbers.On("a", fates.Length, empty: true));
            return orders.Contains(BatchOrder.Hole) == fates.Contains("dropped");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_silo_is_silent_after_its_time()
    {
        var numbers = New();
        numbers.On("a", 0, empty: true);
        numbers.On("b", 0, empty: true);
        _time.Advance(Silence);
        numbers.Silent().ShouldBeFalse();
        numbers.On("a", 0, empty: true);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        numbers.Silent().ShouldBeTrue("b is");
    }

    [Fact]
    public void Nobody_at_all_is_silence_after_twice_the_time()
    {
        var numbers = New();
        _time.Advance(2 * Silence);
        numbers.Silent().ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        numbers.Silent().ShouldBeTrue();
    }

    private PublisherNumbers New() => new(Silence, _time);
}
