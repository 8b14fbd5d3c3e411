namespace Chat.Grains.Storage;

internal sealed partial class MessageWriter
{
    /// <summary>Nobody appends while the log is down, so it is asked here whether it is back. Healthy, it is asked nothing.</summary>
    private async Task Probe()
    {
        try
        {
            while (true)
            {
                await _health.WaitForSuspicion(_stopping.Token);
                while (_health.IsInDoubt && _health.OnProbed(await ProbeOnce(), _options.BreakerFailures) is var state and not LogState.Closed)
                {
                    if (state is LogState.Open)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(_options.BreakerOpenMs), _time, _stopping.Token);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>Null when the log would take an append.</summary>
    private async Task<string?> ProbeOnce()
    {
        try
        {
            // A suspicion is about the connections there are; what is down may come back on new ones only.
            await _log.Probe(afresh: _health.IsDown);
            return null;
        }
        catch (LogUnavailableException busy) when (busy.IsContention)
        {
            // It answered: somebody holds a lock, and a lock is no outage.
            return null;
        }
        catch (LogUnavailableException outage)
        {
            return outage.Message;
        }
        catch (Exception unclassified)
        {
            // Whatever the reason, appends need what the probe needs.
            LogProbeFailed(_logger, unclassified);
            return "The probe of the log fails.";
        }
    }
}
