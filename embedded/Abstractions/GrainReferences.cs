using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>The address of a grain, with the methods of one interface. The engine makes a class that derives from it for each interface.</summary>
    public class GrainReference : IAddressable, IEquatable<GrainReference>
    {
        internal GrainReference(GrainId grainId, CallRouter router)
        {
            GrainId = grainId;
            Router = router;
        }

        public GrainId GrainId { get; }

        public virtual string InterfaceName => nameof(IAddressable);

        public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);

        internal CallRouter Router { get; }

        public static bool operator ==(GrainReference? reference1, GrainReference? reference2) => Equals(reference1, reference2);

        public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !Equals(reference1, reference2);

        public virtual TGrainInterface Cast<TGrainInterface>()
            where TGrainInterface : IAddressable => (TGrainInterface)(object)Router.Reference(typeof(TGrainInterface), GrainId);

        public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

        public override bool Equals(object? obj) => Equals(obj as GrainReference);

        public override int GetHashCode() => GrainId.GetHashCode();

        public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

        public override string ToString() => $"GrainReference:{GrainId}:{InterfaceName}";

        internal Task<TResult> Send<TResult>(Call<TResult> call)
        {
            call.Target = this;
            return Router.Send(call);
        }
    }
}

namespace Orleans
{
    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithGuidKey;

        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithIntegerKey;

        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithStringKey;

        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithGuidCompoundKey;

        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithIntegerCompoundKey;

        TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
            where TGrainObserverInterface : IGrainObserver;

        void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
            where TGrainObserverInterface : IGrainObserver;

        IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey);

        IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey);

        IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

        IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension);

        IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension);

        TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
            where TGrainInterface : IAddressable;

        IAddressable GetGrain(GrainId grainId);

        IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType);

        IAddressable GetGrain(Type interfaceType, IdSpan grainKey);

        IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix);
    }

    public interface IClusterClient : IGrainFactory
    {
        IServiceProvider ServiceProvider { get; }
    }

    public static class GrainExtensions
    {
        public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

        public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

        public static object Cast(this IAddressable grain, Type interfaceType) => AsReference(grain, interfaceType);

        public static object AsReference(this IAddressable grain, Type interfaceType)
        {
            var reference = ReferenceOf(grain);
            return interfaceType.IsInstanceOfType(reference) ? reference : reference.Router.Reference(interfaceType, reference.GrainId);
        }

        public static GrainId GetGrainId(this IAddressable grain) => grain switch
        {
            IGrainBase instance => instance.GrainContext.GrainId,
            GrainReference reference => reference.GrainId,
            _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
        };

        public static bool IsPrimaryKeyBasedOnLong(this IAddressable grain) => grain.GetGrainId().TryGetIntegerKey(out _);

        public static long GetPrimaryKeyLong(this IAddressable grain) => grain.GetGrainId().GetIntegerKey();

        public static long GetPrimaryKeyLong(this IAddressable grain, out string? keyExt) => grain.GetGrainId().GetIntegerKey(out keyExt);

        public static Guid GetPrimaryKey(this IAddressable grain) => grain.GetGrainId().GetGuidKey();

        public static Guid GetPrimaryKey(this IAddressable grain, out string? keyExt) => grain.GetGrainId().GetGuidKey(out keyExt);

        public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

        private static GrainReference ReferenceOf(IAddressable grain) => grain switch
        {
            IGrainBase instance => instance.GrainContext.GrainReference,
            GrainReference reference => reference,
            _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
        };
    }
}
