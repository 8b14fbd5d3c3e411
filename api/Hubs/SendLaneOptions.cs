namespace Chat.Api.Hubs;

/// <summary>Settings under `Chat:SendLanes`.</summary>
public sealed class SendLaneOptions
{
    public const string Section = "Chat:SendLanes";

    /// <summary>Invocations of one connection that run at once. Default: 16.</summary>
    public int ParallelInvocations { get; set; } = 16;

    /// <summary>Sends of one connection to one conversation that may wait; beyond it the answer is `overloaded`. Default: 256.</summary>
    public int MaxWaiting { get; set; } = 256;

    /// <summary>Sends of one connection that may wait, over all conversations. Default: 1,024.</summary>
    public int MaxWaitingPerConnection { get; set; } = 1_024;

    /// <summary>What `retryAfterMs` says to an `overloaded` send, in milliseconds. Default: 500.</summary>
    public int RetryAfterMs { get; set; } = 500;

    internal string? Fault() =>
        ParallelInvocations is < 1 or > 1_000 ? $"{Section}:ParallelInvocations is {ParallelInvocations}; it takes 1 to 1000."
        : MaxWaiting < 1 ? $"{Section}:MaxWaiting is {MaxWaiting}; it takes 1 or more."
        : MaxWaitingPerConnection < 1 ? $"{Section}:MaxWaitingPerConnection is {MaxWaitingPerConnection}; it takes 1 or more."
        : RetryAfterMs < 1 ? $"{Section}:RetryAfterMs is {RetryAfterMs}; it takes 1 or more."
        : null;
}
