using Chat.Bench.Baseline;
using Chat.Bench.Compare;
using Chat.Bench.Load;

switch (args)
{
    case ["load"]:
        return await LoadGenerator.Run();

    case ["baseline", var port, var lanes, var database]:
        await BaselineServer.Run(int.Parse(port), database, int.Parse(lanes));
        return 0;

    case ["compare", .. var rest] when ComparisonOptions.Parse(rest) is { } options:
        return await Compare(options);

    default:
        Console.Error.WriteLine(ComparisonOptions.Usage);
        return 2;
}

static async Task<int> Compare(ComparisonOptions options)
{
    try
    {
        var artifacts = Directory.CreateDirectory("artifacts/bench").FullName;
        return await new Comparison(options, artifacts).Run();
    }
    catch (BenchException failed)
    {
        Console.Error.WriteLine(failed.Message);
        return 1;
    }
}
