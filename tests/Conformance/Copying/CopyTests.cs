using Orleans.Serialization;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Copying;

public sealed class CopyTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private ICopyGrain Grain => fixture.Client.GetGrain<ICopyGrain>(_name);

    [Fact]
    public async Task What_the_caller_changes_later_does_not_reach_the_grain()
    {
        var box = new Box { Value = 1, Names = ["one"] };
        await Grain.Keep(box);
        box.Value = 2;
        box.Names.Add("two");
        var kept = await Grain.Kept();
        kept.Value.ShouldBe(1);
        kept.Names.ShouldBe(["one"]);
    }

    [Fact]
    public async Task What_the_caller_does_to_a_result_does_not_reach_the_grain()
    {
        await Grain.Keep(new Box { Value = 1 });
        (await Grain.Kept()).Value = 2;
        (await Grain.Kept()).Value.ShouldBe(1);
    }

    [Fact]
    public async Task Grains_share_no_arguments() => (await Grain.OwnGrainSharesNothing()).ShouldBeTrue();

    [Fact]
    public async Task Grains_share_what_is_immutable() => (await Grain.ImmutablesAreShared()).ShouldBeTrue();

    [Fact]
    public async Task One_object_stays_one_object_and_a_cycle_a_cycle()
    {
        var box = new Box();
        box.Inner = box;
        (await Grain.IsOneObject(new Pair(box, box))).ShouldBeTrue();
    }

    [Fact]
    public async Task The_run_time_type_travels() =>
        (await Grain.Turn(new Circle("round", 2))).ShouldBe(new Circle("round", 2));

    [Fact]
    public async Task Types_of_the_platform_travel()
    {
        var sent = new Everything
        {
            Dictionary = new(StringComparer.Ordinal) { ["a"] = [1, 2] },
            Set = [Guid.CreateVersion7()],
            Names = ["x", "y"],
            Tuple = (1, "t"),
            Bytes = [1, 2, 3],
            Time = TimeProvider.System.GetUtcNow(),
            Uri = new("https://example.org/"),
            Version = new(1, 2),
            Span = TimeSpan.FromSeconds(3),
            Day = DayOfWeek.Friday,
        };
        var received = await Grain.Everything(sent);
        received.ShouldNotBeSameAs(sent);
        received.Dictionary["a"].ShouldBe(sent.Dictionary["a"]);
        received.Set.ShouldBe(sent.Set);
        received.Names.ShouldBe(sent.Names);
        received.Bytes.ShouldBe(sent.Bytes);
        (received.Tuple, received.Time, received.Uri, received.Version, received.Span, received.Day)
            .ShouldBe((sent.Tuple, sent.Time, sent.Uri, sent.Version, sent.Span, sent.Day));
    }

    [Fact]
    public async Task An_unmarked_type_is_refused_as_an_argument() =>
        await Should.ThrowAsync<CodecNotFoundException>(() => Grain.Return(new Unmarked()));

    [Fact]
    public async Task An_unmarked_type_is_refused_within_an_argument() =>
        await Should.ThrowAsync<CodecNotFoundException>(() => Grain.Return(new List<Unmarked> { new() }));

    [Fact]
    public async Task An_unmarked_type_is_refused_as_a_result() =>
        await Should.ThrowAsync<CodecNotFoundException>(() => Grain.ReturnUnmarked());

    [Fact]
    public async Task An_array_travels_as_an_interface() => (await Grain.Sum(new[] { 1, 2, 3 })).ShouldBe(6);

    [Fact]
    public async Task A_reference_travels_as_a_reference()
    {
        (await Grain.CallBack(fixture.Client.GetGrain<ICopyGrain>(_name + "/other"))).ShouldBe(_name + "/other");
        (await (await Grain.Me()).Name()).ShouldBe(_name);
    }
}
