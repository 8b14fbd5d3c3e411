using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Chat.Bench.Load;

namespace Chat.Bench.Compare;

/// <summary>Runs the targets in turn, each time on a fresh server and database, and checks each run.</summary>
internal sealed class Comparison(ComparisonOptions options, string artifacts)
{
    public async Task<int> Run()
    {
        var targets = await Targets();
        var report = new Report(options, targets);
        for (var number = 1; number <= options.Runs; number++)
        {
            foreach (var target in targets)
            {
                var result = await Run(target, number);
                report.Add(target, result);
                Console.WriteLine($"{target.Name} {number}/{options.Runs}: {report.Summary(result)}");
            }
        }

        report.Print(Console.Out);
        report.Save(Path.Combine(artifacts, "results.json"));
        return report.Faultless ? 0 : 1;
    }

    private async Task<ITarget[]> Targets()
    {
        ITarget[] baseline = options.Only == "product" ? [] : [new BaselineTarget(options.Lanes)];
        ITarget[] product = options.Only == "baseline" ? [] : [new ProductTarget(await ProductBuild.Run(options.Engine))];
        return [.. baseline, .. product];
    }

    private async Task<LoadResult> Run(ITarget target, int number)
    {
        await using var database = await BenchDatabase.Create(options.Postgres, $"bench_{target.Name}");
        var log = Path.Combine(artifacts, $"{target.Name}-{number}.log");
        using var server = await ServerProcess.Start(port => target.StartInfo(port, database.ConnectionString), options.ServerEnvironment, log);
        var cast = await target.Prepare(server.Port);
        var plan = new LoadPlan(
            $"127.0.0.1:{server.Port}",
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)),
            cast.Users,
            cast.Pairs,
            server.Id,
            database.Postmaster,
            options.WarmUpSeconds,
            options.Seconds,
            options.Window,
            options.Rate,
            options.Idle);
        await using var poisoner = options.Poison is { } perSecond && target is ProductTarget
            ? await Poisoner.Start(database.ConnectionString, server.Port, cast.Users[0], perSecond)
            : null;
        var result = await Load(plan);
        return result with { Faults = [.. result.Faults, .. await database.Verify(result.Conversations)] };
    }

    private static async Task<LoadResult> Load(LoadPlan plan)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "load" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment =
            {
                ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
                ["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1",
            },
        };
        using var load = Process.Start(start)!;
        await load.StandardInput.WriteAsync(JsonSerializer.Serialize(plan));
        load.StandardInput.Close();
        var output = await load.StandardOutput.ReadToEndAsync();
        await load.WaitForExitAsync();
        return load.ExitCode == 0
            ? JsonSerializer.Deserialize<LoadResult>(output)!
            : throw new BenchException($"The load generator ended with {load.ExitCode}.");
    }
}
