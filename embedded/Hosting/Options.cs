namespace Orleans.Configuration
{
    public abstract class MessagingOptions
    {
        public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

        public bool DropExpiredMessages { get; set; } = true;

        public bool CancelRequestOnTimeout { get; set; }

        public bool WaitForCancellationAcknowledgement { get; set; }
    }

    public sealed class SiloMessagingOptions : MessagingOptions
    {
        public int MaxEnqueuedRequestsSoftLimit { get; set; }

        public int MaxEnqueuedRequestsHardLimit { get; set; }

        public int MaxEnqueuedRequestsHardLimit_StatelessWorker { get; set; }

        public TimeSpan ClientDropTimeout { get; set; } = TimeSpan.FromMinutes(1);
    }

    public sealed class ClientMessagingOptions : MessagingOptions;

    public sealed class GatewayOptions
    {
        public TimeSpan GatewayListRefreshPeriod { get; set; } = TimeSpan.FromMinutes(1);
    }

    public sealed class ClusterOptions
    {
        public string ClusterId { get; set; } = "default";

        public string ServiceId { get; set; } = "default";
    }

    public sealed class SiloOptions
    {
        public string? SiloName { get; set; }
    }

    public sealed class GrainCollectionOptions
    {
        public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

        public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

        public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

        public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

        public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = new(StringComparer.Ordinal);
    }

    public sealed class MemoryGrainStorageOptions
    {
        public int NumStorageGrains { get; set; } = 10;
    }

    public sealed class StreamPullingAgentOptions
    {
        public int BatchContainerBatchSize { get; set; } = 1;

        public TimeSpan GetQueueMsgsTimerPeriod { get; set; } = TimeSpan.FromMilliseconds(100);

        public TimeSpan InitQueueTimeout { get; set; } = TimeSpan.FromSeconds(5);

        public TimeSpan MaxEventDeliveryTime { get; set; } = TimeSpan.FromMinutes(1);

        public TimeSpan StreamInactivityPeriod { get; set; } = TimeSpan.FromMinutes(30);
    }

    public sealed class StreamCacheEvictionOptions
    {
        public TimeSpan DataMaxAgeInCache { get; set; } = TimeSpan.FromMinutes(30);

        public TimeSpan DataMinTimeInCache { get; set; } = TimeSpan.FromMinutes(5);

        public TimeSpan? MetadataMinTimeInCache { get; set; } = TimeSpan.FromMinutes(10);
    }

    public sealed class StreamPubSubOptions
    {
        public Streams.StreamPubSubType PubSubType { get; set; }
    }

    public sealed class HashRingStreamQueueMapperOptions
    {
        public int TotalQueueCount { get; set; } = 8;
    }
}

namespace Orleans.Hosting
{
    public sealed class ReminderOptions
    {
        public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

        public TimeSpan RefreshReminderListPeriod { get; set; } = TimeSpan.FromMinutes(5);

        public TimeSpan InitializationTimeout { get; set; } = TimeSpan.FromMinutes(5);
    }
}

namespace Orleans.Streams
{
    public enum StreamPubSubType
    {
        ExplicitGrainBasedAndImplicit,
        ExplicitGrainBasedOnly,
        ImplicitOnly,
    }
}
