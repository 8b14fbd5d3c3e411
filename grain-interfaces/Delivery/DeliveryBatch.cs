using Orleans;

namespace Chat.Delivery;

/// <summary>One event for the recipients that one frontend hosts; the payload is there once.</summary>
[GenerateSerializer, Immutable, Alias("chat.delivery")]
public sealed record EventDelivery([property: Id(0)] ServerEvent Event, [property: Id(1)] Guid[] Recipients);

/// <summary>What one silo tells one frontend. Losses show: the batches of a publisher are numbered 1, 2, 3 per frontend, and an empty batch repeats the last number.</summary>
/// <param name="Publisher">The silo's name and incarnation.</param>
/// <param name="Degraded">What works less well than it should at that silo now. In every batch, so that no lost one leaves a frontend with an old answer.</param>
[GenerateSerializer, Immutable, Alias("chat.delivery-batch")]
public sealed record DeliveryBatch(
    [property: Id(0)] string Publisher,
    [property: Id(1)] long Number,
    [property: Id(2)] EventDelivery[] Deliveries,
    [property: Id(3)] Degradation[] Degraded);

/// <summary>A part of the service that works less well than it should.</summary>
/// <param name="What">One of <see cref="DegradedParts"/>.</param>
[GenerateSerializer, Immutable, Alias("chat.degradation")]
public sealed record Degradation([property: Id(0)] string What, [property: Id(1)] DateTimeOffset Since);

public static class DegradedParts
{
    /// <summary>The log cannot be written to.</summary>
    public const string Storage = "storage";
}

/// <summary>Where a frontend listens: one stream per frontend incarnation.</summary>
public static class DeliveryStreams
{
    public const string Provider = "delivery";
    public const string Namespace = "frontend";
}
