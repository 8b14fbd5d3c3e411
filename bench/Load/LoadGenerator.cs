using System.Diagnostics;
using System.Text.Json;

namespace Chat.Bench.Load;

/// <summary>The load process: a plan on standard input, its result on standard output.</summary>
internal static class LoadGenerator
{
    public static async Task<int> Run()
    {
        var plan = JsonSerializer.Deserialize<LoadPlan>(await Console.In.ReadToEndAsync())!;
        double? idleKiB = plan.IdleConnections > 0 ? await IdleConnections.MeasureKiB(plan) : null;

        using var run = new LoadRun(plan);
        await run.Connect();
        var closed = await ClosedLoop(run);
        var open = await OpenLoop(run);
        Console.WriteLine(JsonSerializer.Serialize(run.Result(idleKiB, closed, open)));
        return 0;
    }

    private static async Task<LoopFigures> ClosedLoop(LoadRun run)
    {
        run.FillWindows();
        await run.Wait(run.Plan.WarmUpSeconds);
        run.StartMeasuring();
        await run.Wait(run.Plan.Seconds);
        var figures = run.StopMeasuring();
        await run.Drain();
        return figures;
    }

    /// <summary>Measured until the last answer is in: a server that falls behind at the end must show.</summary>
    private static async Task<LoopFigures> OpenLoop(LoadRun run)
    {
        using var pacer = new Pacer(run);
        pacer.Start();
        await run.Wait(run.Plan.WarmUpSeconds / 4);
        run.StartMeasuring();
        await run.Wait(run.Plan.Seconds);
        pacer.Stop();
        await run.Drain();
        return run.StopMeasuring();
    }
}
