namespace Chat.Grains.Delivery;

/// <summary>Settings under `Chat:Delivery`.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Chat:Delivery";

    /// <summary>Deliveries that may wait for one frontend; what comes on top is dropped, shows as a hole there, and its clients sync. Default: 50,000.</summary>
    public int MaxWaiting { get; set; } = 50_000;

    /// <summary>Most deliveries in one stream event. Default: 500.</summary>
    public int MaxBatch { get; set; } = 500;

    /// <summary>Most payload in one stream event, in bytes. Default: 262,144.</summary>
    public int MaxBatchBytes { get; set; } = 256 * 1024;

    /// <summary>How often the last number is repeated to each frontend, in milliseconds. Default: 2,000.</summary>
    public int RepeatMs { get; set; } = 2_000;

    /// <summary>A frontend's lease, in seconds. Default: 15.</summary>
    public double LeaseSeconds { get; set; } = 15;

    internal string? Fault() =>
        MaxWaiting < 1 ? $"{Section}:MaxWaiting is {MaxWaiting}; it takes 1 or more."
        : MaxBatch < 1 ? $"{Section}:MaxBatch is {MaxBatch}; it takes 1 or more."
        : MaxBatchBytes < 1_024 ? $"{Section}:MaxBatchBytes is {MaxBatchBytes}; it takes 1024 or more."
        : RepeatMs < 10 ? $"{Section}:RepeatMs is {RepeatMs}; it takes 10 or more."
        : LeaseSeconds <= 0 ? $"{Section}:LeaseSeconds is {LeaseSeconds}; it takes more than 0."
        : null;
}
