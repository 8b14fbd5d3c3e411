namespace Chat.Grains.Storage;

internal enum LogState
{
    /// <summary>Believed well.</summary>
    Closed,

    /// <summary>A call found it out of reach; probes find out at once whether that is so.</summary>
    Suspected,

    /// <summary>It is out of reach: nothing is sent but probes.</summary>
    Open,
}

/// <summary>The circuit breaker's decisions. One slow or broken call says little, so it only raises a suspicion; probes confirm it or not. A commit ends a
/// suspicion, but not an outage: that takes a probe, which needs all that commits need.</summary>
internal sealed class LogBreaker
{
    private int _outages;

    public LogState State { get; private set; }

    /// <returns>True when a probe must be made now.</returns>
    public bool OnOutage()
    {
        if (State is not LogState.Closed)
        {
            return false;
        }

        State = LogState.Suspected;
        _outages = 1;
        return true;
    }

    public void OnCommitted()
    {
        if (State is LogState.Suspected)
        {
            State = LogState.Closed;
        }
    }

    /// <param name="failures">Outages in a row, the probes' included, that open it.</param>
    public void OnProbed(bool answered, int failures) => State = answered ? LogState.Closed
        : State is LogState.Suspected && ++_outages >= failures ? LogState.Open
        : State;
}
