namespace Chat.Api.Hubs;

/// <summary>Whether new sends are taken. Closed once, when the process drains.</summary>
internal sealed class Intake
{
    private volatile Refusal? _refusal;

    /// <summary>Null while it is open.</summary>
    public Refusal? Refusal => _refusal;

    public void Close() => _refusal = Refusal.Unavailable("This server is stopping.", retryAfterMs: 1_000);
}
