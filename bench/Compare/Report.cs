using System.Text.Json;
using Chat.Bench.Load;

namespace Chat.Bench.Compare;

/// <summary>Gathers the runs; prints medians, ratios and what went wrong.</summary>
internal sealed class Report(ComparisonOptions options, IReadOnlyList<ITarget> targets)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Machine _machine = Machine.Read();
    private readonly Dictionary<string, List<LoadResult>> _results = targets.ToDictionary(target => target.Name, _ => new List<LoadResult>(), StringComparer.Ordinal);
    private readonly Figure[] _figures = Figure.All(options.Engine).ToArray();

    public bool Faultless => _results.Values.All(runs => runs.TrueForAll(run => run.Faults.Length == 0));

    public void Add(ITarget target, LoadResult result) => _results[target.Name].Add(result);

    public string Summary(LoadResult result)
    {
        var total = result.Conversations.Sum(tally => tally.Acked);
        var server = result.Closed.Cpu.Server * 1e6 / result.Closed.Acked;
        return $"{result.Closed.Acked / result.Closed.Seconds:0}/s, server {server:0.0} us/message; {total} acknowledged = stored = delivered: {(result.Faults.Length == 0 ? "yes" : "NO")}";
    }

    public void Print(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{_machine}; engine {options.Engine}; medians of {options.Runs}");
        output.WriteLine();
        output.WriteLine($"{"",-30}{"",-11}{string.Concat(targets.Select(target => $"{target.Name,12}"))}{"ratio",9}  goal");
        foreach (var figure in _figures)
        {
            PrintLine(output, figure);
        }

        foreach (var (name, runs) in _results)
        {
            PrintRefusals(output, name, runs);
        }
    }

    public void Save(string path)
    {
        var medians = _results.ToDictionary(
            runs => runs.Key,
            runs => _figures.ToDictionary(figure => $"{figure.Name} [{figure.Unit}]", figure => Median(runs.Key, figure), StringComparer.Ordinal),
            StringComparer.Ordinal);
        File.WriteAllText(path, JsonSerializer.Serialize(new { machine = _machine, options, medians, runs = _results }, Json));
        Console.WriteLine($"\nAll figures: {path}");
    }

    private static void PrintRefusals(TextWriter output, string name, List<LoadResult> runs)
    {
        foreach (var (code, count) in runs.SelectMany(run => run.Refusals))
        {
            output.WriteLine($"{name}: {count} sends were first answered {code}");
        }

        foreach (var fault in runs.SelectMany(run => run.Faults))
        {
            output.WriteLine($"FAULT {name}: {fault}");
        }
    }

    private void PrintLine(TextWriter output, Figure figure)
    {
        var values = targets.Select(target => Median(target.Name, figure)).ToArray();
        var (ratio, judged) = (values[^1] / values[0], !options.Quick && targets[^1].Name == "product" && figure.Goal is { } goal && !(goal.IsRatio && targets.Count == 1));
        var verdict = judged ? $"  {figure.Goal} {(figure.Goal!.IsMet(values[^1], ratio) ? "met" : "MISSED")}" : "";
        var columns = string.Concat(values.Select(value => $"{value,12:0.##}"));
        output.WriteLine($"{figure.Name,-30}{figure.Unit,-11}{columns}{(targets.Count > 1 ? $"{ratio,9:0.00}" : "")}{verdict}");
    }

    private double Median(string target, Figure figure)
    {
        var values = _results[target].Select(figure.Of).Order().ToArray();
        return values.Length % 2 == 1 ? values[values.Length / 2] : (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2;
    }
}
