using System.Net;
using Chat.Bench.Measuring;

namespace Chat.Bench.Load;

/// <summary>What an idle connection costs the server: its memory before and after many of them, each time when nothing moves and after a full garbage collection.</summary>
internal static class IdleConnections
{
    private const int BufferSize = 512;
    private const int TakenFirst = 20;

    public static async Task<double> MeasureKiB(LoadPlan plan)
    {
        // What the first connections load and compile is no cost of the others.
        Close(await Open(plan, TakenFirst));
        var before = await ServerMemory.SettledBytes(plan.ServerProcess);
        var connections = await Open(plan, plan.IdleConnections);
        var after = await ServerMemory.SettledBytes(plan.ServerProcess);
        if (connections.Find(connection => connection.Failure is not null) is { } broken)
        {
            throw new InvalidOperationException($"An idle connection ended: {broken.Failure}.");
        }

        Close(connections);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        return (after - before) / 1024.0 / plan.IdleConnections;
    }

    private static async Task<List<HubSocket>> Open(LoadPlan plan, int count)
    {
        var server = IPEndPoint.Parse(plan.Server);
        var connections = new List<HubSocket>(count);
        for (var i = 0; i < count; i++)
        {
            var user = plan.Users[i % plan.Users.Length];
            connections.Add(await HubSocket.Connect(server, LoadRun.HubPath(user), BufferSize, _ => { }, () => { }));
        }

        return connections;
    }

    private static void Close(List<HubSocket> connections) => connections.ForEach(connection => connection.Dispose());
}
