namespace Chat.Bench.Compare;

/// <summary>The comparison cannot go on, and its message says all there is to say.</summary>
internal sealed class BenchException(string message) : Exception(message);
