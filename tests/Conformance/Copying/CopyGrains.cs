using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Chat.Conformance.Copying;

[GenerateSerializer]
public sealed class Box
{
    [Id(0)]
    public int Value { get; set; }

    [Id(1)]
    public List<string> Names { get; set; } = [];

    [Id(2)]
    public Box? Inner { get; set; }
}

[GenerateSerializer, Immutable]
public sealed record Stone([property: Id(0)] string Name, [property: Id(1)] int[] Weights);

[GenerateSerializer]
public sealed record Pair(Box Left, Box Right);

[GenerateSerializer]
public abstract record Shape([property: Id(0)] string Name);

[GenerateSerializer]
public sealed record Circle(string Name, [property: Id(0)] double Radius) : Shape(Name);

public sealed class Unmarked
{
    public int Value { get; set; }
}

public interface ICopyGrain : IGrainWithStringKey
{
    Task Keep(Box box);

    Task<Box> Kept();

    Task<bool> OwnGrainSharesNothing();

    Task<bool> ImmutablesAreShared();

    Task<bool> AmSharedWith(string key, Stone stone, Immutable<Box> box);

    Task Mutate(Box box);

    Task<bool> IsOneObject(Pair pair);

    Task<object> Return(object value);

    Task<object> ReturnUnmarked();

    Task<int> Sum(IReadOnlyList<int> numbers);

    Task<Shape> Turn(Shape shape);

    Task<string> CallBack(ICopyGrain grain);

    Task<string> Name();

    Task<ICopyGrain> Me();

    Task<Everything> Everything(Everything everything);
}

[GenerateSerializer]
public sealed class Everything
{
    [Id(0)]
    public Dictionary<string, List<int>> Dictionary { get; set; } = [];

    [Id(1)]
    public HashSet<Guid> Set { get; set; } = [];

    [Id(2)]
    public ImmutableArray<string> Names { get; set; } = [];

    [Id(3)]
    public (int Number, string Text) Tuple { get; set; }

    [Id(4)]
    public byte[] Bytes { get; set; } = [];

    [Id(5)]
    public DateTimeOffset? Time { get; set; }

    [Id(6)]
    public Uri? Uri { get; set; }

    [Id(7)]
    public Version? Version { get; set; }

    [Id(8)]
    public TimeSpan Span { get; set; }

    [Id(9)]
    public DayOfWeek Day { get; set; }
}

public sealed class CopyGrain : Grain, ICopyGrain
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, object[]> Sent = new(StringComparer.Ordinal);
    private Box _kept = new();

    public Task Keep(Box box)
    {
        _kept = box;
        return Task.CompletedTask;
    }

    public Task<Box> Kept() => Task.FromResult(_kept);

    public async Task<bool> OwnGrainSharesNothing()
    {
        var box = new Box { Value = 1, Names = ["one"] };
        await GrainFactory.GetGrain<ICopyGrain>(this.GetPrimaryKeyString() + "/other").Mutate(box);
        return box is { Value: 1, Names: ["one"] };
    }

    public async Task<bool> ImmutablesAreShared()
    {
        var stone = new Stone("flint", [1]);
        var box = new Box();
        var key = this.GetPrimaryKeyString();
        Sent[key] = [stone, box];
        return await GrainFactory.GetGrain<ICopyGrain>(key + "/other").AmSharedWith(key, stone, box.AsImmutable());
    }

    public Task<bool> AmSharedWith(string key, Stone stone, Immutable<Box> box) =>
        Task.FromResult(ReferenceEquals(Sent[key][0], stone) && ReferenceEquals(Sent[key][1], box.Value));

    public Task Mutate(Box box)
    {
        box.Value++;
        box.Names.Add("two");
        return Task.CompletedTask;
    }

    public Task<bool> IsOneObject(Pair pair) => Task.FromResult(ReferenceEquals(pair.Left, pair.Right) && ReferenceEquals(pair.Left, pair.Left.Inner));

    public Task<object> Return(object value) => Task.FromResult(value);

    public Task<object> ReturnUnmarked() => Task.FromResult<object>(new Unmarked());

    public Task<int> Sum(IReadOnlyList<int> numbers) => Task.FromResult(numbers.Sum());

    public Task<Shape> Turn(Shape shape) => Task.FromResult(shape);

    public Task<string> CallBack(ICopyGrain grain) => grain.Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<ICopyGrain> Me() => Task.FromResult(this.AsReference<ICopyGrain>());

    public Task<Everything> Everything(Everything everything) => Task.FromResult(everything);
}
