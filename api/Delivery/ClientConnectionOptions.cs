namespace Chat.Api.Delivery;

/// <summary>Settings under `Chat:Connections`.</summary>
public sealed class ClientConnectionOptions
{
    public const string Section = "Chat:Connections";

    /// <summary>Connections of one user on this frontend; one more closes the oldest. Default: 10.</summary>
    public int MaxPerUser { get; set; } = 10;

    /// <summary>Events that may wait for one connection; beyond it the client is too slow and its connection closes. Default: 1,024.</summary>
    public int MaxWaitingEvents { get; set; } = 1_024;

    /// <summary>Bytes that may wait for one connection. Default: 1,048,576.</summary>
    public int MaxWaitingBytes { get; set; } = 1_048_576;

    /// <summary>How long a connection that is closed has to take its last event, in milliseconds. Default: 1,000.</summary>
    public int ClosingGraceMs { get; set; } = 1_000;

    /// <summary>Users whose connections are announced to their presence at the same time. Default: 64.</summary>
    public int ParallelAnnouncements { get; set; } = 64;

    /// <summary>What `retryAfterMs` says in `Closing` at least, in milliseconds; up to the double, so that clients do not return together. Default: 1,000.</summary>
    public int RetryAfterMs { get; set; } = 1_000;

    /// <summary>How long a new connection may take to say which protocol it speaks, in milliseconds. Default: 15,000.</summary>
    public int HandshakeTimeoutMs { get; set; } = 15_000;

    /// <summary>WebSocket frames that a client may send a second, pings and empty ones included, beyond a burst of three seconds' worth; more ends the connection. Default: 3,000.</summary>
    public int MaxFramesPerSecond { get; set; } = 3_000;

    internal string? Fault() =>
        MaxPerUser < 1 ? $"{Section}:MaxPerUser is {MaxPerUser}; it takes 1 or more."
        : MaxWaitingEvents < 1 ? $"{Section}:MaxWaitingEvents is {MaxWaitingEvents}; it takes 1 or more."
        : MaxWaitingBytes < 65_536 ? $"{Section}:MaxWaitingBytes is {MaxWaitingBytes}; it takes 65536 or more."
        : ClosingGraceMs < 0 ? $"{Section}:ClosingGraceMs is {ClosingGraceMs}; it takes 0 or more."
        : ParallelAnnouncements < 1 ? $"{Section}:ParallelAnnouncements is {ParallelAnnouncements}; it takes 1 or more."
        : RetryAfterMs < 1 ? $"{Section}:RetryAfterMs is {RetryAfterMs}; it takes 1 or more."
        : HandshakeTimeoutMs < 100 ? $"{Section}:HandshakeTimeoutMs is {HandshakeTimeoutMs}; it takes 100 or more."
        : MaxFramesPerSecond < 10 ? $"{Section}:MaxFramesPerSecond is {MaxFramesPerSecond}; it takes 10 or more."
        : null;
}
