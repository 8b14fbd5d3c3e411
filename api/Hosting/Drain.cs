using Chat.Api.Delivery;
using Chat.Api.Hubs;

namespace Chat.Api.Hosting;

/// <summary>The end in order: no new sends, every client is told to come back elsewhere, every send that was taken gets its answer, every socket is closed
/// properly. Then the host stops: what is still in a socket's buffer when it does is lost.</summary>
internal sealed partial class Drain(
    Intake intake,
    Connections connections,
    OpenSockets sockets,
    ConnectionCloser closer,
    EventDispatch dispatch,
    TimeProvider time,
    ILogger<Drain> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(6);

    private readonly Lock _gate = new();
    private Task? _running;

    public bool Begun => intake.Refusal is not null;

    public Task Run()
    {
        lock (_gate)
        {
            return _running ??= RunOnce();
        }
    }

    /// <summary>When the host is stopped by its owner instead of a signal.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => Run();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunOnce()
    {
        intake.Close();
        var open = connections.All.ToArray();
        LogDraining(logger, open.Length);
        Array.ForEach(open, c => dispatch.Tell(c, closer.Farewell(ClosingReasons.Drain)));
        if (!await Within(Longest, Task.WhenAll(open.Select(c => c.Sends.WhenIdle()))))
        {
            LogUnanswered(logger, Longest.TotalSeconds);
        }

        await Task.WhenAll(connections.All.Select(c => c.Outbox.Close(last: null, dropWaiting: false)));
        await Within(LongestClose, sockets.WhenNone());
    }

    private async Task<bool> Within(TimeSpan limit, Task work)
    {
        await work.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return work.IsCompleted;
    }

    [LoggerMessage(LogLevel.Information, "Draining: {Connections} connections are told to come back elsewhere.")]
    private static partial void LogDraining(ILogger logger, int connections);

    [LoggerMessage(LogLevel.Warning, "Sends without an answer after {Seconds} s: their senders will retry.")]
    private static partial void LogUnanswered(ILogger logger, double seconds);
}
