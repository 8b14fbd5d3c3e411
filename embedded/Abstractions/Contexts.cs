using System.Net;
using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Serialization.Invocation
{
    public interface ITargetHolder
    {
        object? GetTarget();

        object? GetComponent(Type componentType);
    }

    public interface IInvokable : IDisposable
    {
        bool IsCancellable => false;

        object? GetTarget();

        int GetArgumentCount();

        object? GetArgument(int index);

        void SetArgument(int index, object value);

        string GetMethodName();

        string GetInterfaceName();

        string GetActivityName();

        MethodInfo GetMethod();

        Type GetInterfaceType();

        TimeSpan? GetDefaultResponseTimeout() => default;

        CancellationToken GetCancellationToken() => default;

        bool TryCancel() => false;
    }

    public sealed class Response : IDisposable
    {
        private Response(object? result, Exception? exception)
        {
            Result = result;
            Exception = exception;
        }

        public static Response Completed { get; } = new(result: null, exception: null);

        public object? Result { get; set; }

        public Exception? Exception { get; set; }

        public static Response FromResult<TResult>(TResult value) => new(value, exception: null);

        public static Response FromException(Exception exception) => new(result: null, exception);

        public T GetResult<T>() => Exception is null ? (T)Result! : throw Exception;

        public void Dispose()
        {
        }
    }
}

namespace Orleans.Runtime
{
    public readonly struct ActivationId(Guid key) : IEquatable<ActivationId>
    {
        public Guid Key { get; } = key;

        public bool Equals(ActivationId other) => Key == other.Key;

        public override bool Equals(object? obj) => obj is ActivationId other && Equals(other);

        public override int GetHashCode() => Key.GetHashCode();

        public override string ToString() => $"@{Key:N}";
    }

    public interface IGrainContext : ITargetHolder, IEquatable<IGrainContext>
    {
        GrainReference GrainReference { get; }

        GrainId GrainId { get; }

        object? GrainInstance { get; }

        ActivationId ActivationId { get; }

        IServiceProvider ActivationServices { get; }

        IGrainLifecycle ObservableLifecycle { get; }

        Task Deactivated { get; }

        void SetComponent<TComponent>(TComponent? value)
            where TComponent : class;

        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    public static class GrainContextComponents
    {
        public static TComponent? GetComponent<TComponent>(this IGrainContext context)
            where TComponent : class => context.GetComponent(typeof(TComponent)) as TComponent;
    }

    public interface IGrainContextAccessor
    {
        IGrainContext GrainContext { get; }
    }

    public sealed class SiloAddress(IPEndPoint endpoint, int generation) : IEquatable<SiloAddress>
    {
        public IPEndPoint Endpoint { get; } = endpoint;

        public int Generation { get; } = generation;

        public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

        public static SiloAddress New(IPAddress address, int port, int generation) => new(new(address, port), generation);

        public string ToParsableString() => $"{Endpoint}@{Generation}";

        public bool Equals(SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

        public override bool Equals(object? obj) => Equals(obj as SiloAddress);

        public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

        public override string ToString() => $"S{Endpoint}:{Generation}";
    }

    public enum SiloStatus
    {
        None,
        Created,
        Joining,
        Active,
        ShuttingDown,
        Stopping,
        Dead,
    }

    public interface ILocalSiloDetails
    {
        string Name { get; }

        string ClusterId { get; }

        string DnsHostName { get; }

        SiloAddress SiloAddress { get; }

        SiloAddress GatewayAddress { get; }
    }

    public static class TimeProviderNames
    {
        public const string Grains = nameof(Grains);
        public const string SystemTimers = nameof(SystemTimers);
        public const string ActivationManagement = nameof(ActivationManagement);
        public const string Messaging = nameof(Messaging);
        public const string Membership = nameof(Membership);
        public const string GrainDirectory = nameof(GrainDirectory);
    }
}

namespace Orleans
{
    public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

    public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);

    public interface IIncomingGrainCallFilter
    {
        Task Invoke(IIncomingGrainCallContext context);
    }

    public interface IOutgoingGrainCallFilter
    {
        Task Invoke(IOutgoingGrainCallContext context);
    }

    public interface IGrainCallContext
    {
        IInvokable Request { get; }

        object Grain { get; }

        GrainId? SourceId { get; }

        GrainId TargetId { get; }

        GrainInterfaceType InterfaceType { get; }

        string InterfaceName { get; }

        string MethodName { get; }

        MethodInfo InterfaceMethod { get; }

        object? Result { get; set; }

        Response? Response { get; set; }

        Task Invoke();
    }

    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        IGrainContext TargetContext { get; }

        MethodInfo ImplementationMethod { get; }
    }

    public interface IOutgoingGrainCallContext : IGrainCallContext
    {
        IGrainContext? SourceContext { get; }
    }
}
