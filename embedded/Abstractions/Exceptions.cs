#pragma warning disable CA1032, MA0095
namespace Orleans.Runtime
{
    [GenerateSerializer]
    public class OrleansException : Exception
    {
        public OrleansException()
            : base("Unexpected error.")
        {
        }

        public OrleansException(string message)
            : base(message)
        {
        }

        public OrleansException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }
    }

    [GenerateSerializer]
    public class OrleansMessageRejectionException(string message, Exception? innerException = null) : OrleansException(message, innerException);

    [GenerateSerializer]
    public sealed class SiloUnavailableException(string message, Exception? innerException = null) : OrleansMessageRejectionException(message, innerException);

    [GenerateSerializer]
    public sealed class ClientNotAvailableException(string message) : OrleansException(message);

    [GenerateSerializer]
    public sealed class GatewayTooBusyException(string message) : OrleansException(message);

    [GenerateSerializer]
    public sealed class LimitExceededException(string message) : OrleansException(message);

    [GenerateSerializer]
    public sealed class GrainExtensionNotInstalledException(string message) : OrleansException(message);

    [GenerateSerializer]
    public sealed class ReminderException(string message) : OrleansException(message);

    public sealed class OrleansLifecycleCanceledException(string message, Exception? innerException = null) : OrleansException(message, innerException);

    public sealed class OrleansConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
}

namespace Orleans.Storage
{
    [GenerateSerializer]
    public class InconsistentStateException : Runtime.OrleansException
    {
        public InconsistentStateException()
        {
        }

        public InconsistentStateException(string message)
            : base(message)
        {
        }

        public InconsistentStateException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException = null)
            : base($"{errorMsg} (stored etag '{storedEtag}', current etag '{currentEtag}')", storageException)
        {
            StoredEtag = storedEtag;
            CurrentEtag = currentEtag;
        }

        [Id(0)]
        public string? StoredEtag { get; private set; }

        [Id(1)]
        public string? CurrentEtag { get; private set; }
    }

    [GenerateSerializer]
    public sealed class BadProviderConfigException(string message) : Runtime.OrleansException(message);
}

namespace Orleans.Serialization
{
    [GenerateSerializer]
    public class SerializerException(string message) : Exception(message);

    [GenerateSerializer]
    public sealed class CodecNotFoundException(string message) : SerializerException(message);
}
