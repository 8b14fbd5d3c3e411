using System.Collections.Concurrent;

namespace Chat.Conformance;

/// <summary>How tests and grains of one process wait for each other: by name, never by time.</summary>
public static class Signals
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> Sources = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, int> Counts = new(StringComparer.Ordinal);

    public static string NewName() => Guid.CreateVersion7().ToString("N");

    public static void Raise(string name, object? value = null) => Source(name).TrySetResult(value);

    public static Task<object?> Raised(string name) => Source(name).Task.WaitAsync(Patience, TimeProvider.System);

    public static bool IsRaised(string name) => Source(name).Task.IsCompleted;

    /// <summary>Counts, and raises `name/count`.</summary>
    public static int Count(string name)
    {
        var count = Counts.AddOrUpdate(name, 1, static (_, before) => before + 1);
        Raise($"{name}/{count}");
        return count;
    }

    public static int CountOf(string name) => Counts.GetValueOrDefault(name);

    public static Task Counted(string name, int count) => Raised($"{name}/{count}");

    private static TaskCompletionSource<object?> Source(string name) =>
        Sources.GetOrAdd(name, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
