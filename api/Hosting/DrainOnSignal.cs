using System.Runtime.InteropServices;

namespace Chat.Api.Hosting;

/// <summary>SIGTERM and Ctrl-C drain before the host begins to stop: once it stops, SignalR drops every connection at once. A second signal ends the process.</summary>
internal sealed class DrainOnSignal(Drain drain, IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _received;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(s => s.Dispose());

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _received) == 1)
        {
            context.Cancel = true;
            _ = Stop();
        }
    }

    private async Task Stop()
    {
        try
        {
            await drain.Run();
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
