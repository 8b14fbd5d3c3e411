using System.Reflection;
using Orleans.Activations;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>Runs a call through the filters: the silo's in their order, then the grain's own, then the method.</summary>
internal static class CallFilters
{
    public static async Task<Response> Incoming(Call call, Activation target)
    {
        IIncomingGrainCallFilter[] filters = target.GrainInstance is IIncomingGrainCallFilter own
            ? [.. target.Silo.IncomingFilters, own]
            : target.Silo.IncomingFilters;
        var context = new Incoming_(call, target, filters);
        await context.Invoke();
        return context.Response ?? Response.Completed;
    }

    public static async Task<Response> Outgoing(Call call, IOutgoingGrainCallFilter[] filters, Func<Task<Response>> send)
    {
        var context = new Outgoing_(call, filters, send);
        await context.Invoke();
        return context.Response ?? Response.Completed;
    }

    private abstract class Context(Call call)
    {
        private int _step;

        public IInvokable Request => call;

        public GrainId? SourceId => call.Source?.GrainId;

        public GrainId TargetId => call.Target.GrainId;

        public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(call.Method.InterfaceName);

        public string InterfaceName => call.Method.InterfaceName;

        public string MethodName => call.Method.Name;

        public MethodInfo InterfaceMethod => call.Method.Info;

        public Response? Response { get; set; }

        public object? Result
        {
            get => Response is { Exception: { } error } ? throw error : Response?.Result;
            set => Response = Response.FromResult(value);
        }

        protected Call Call => call;

        public async Task Invoke()
        {
            var step = _step++;
            try
            {
                if (!await TryFilter(step))
                {
                    Response = await Last();
                }
            }
            finally
            {
                _step--;
            }

            if (Response is { Exception: { } error })
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
            }
        }

        protected abstract Task<bool> TryFilter(int step);

        protected abstract Task<Response> Last();
    }

    private sealed class Incoming_(Call call, Activation target, IIncomingGrainCallFilter[] filters) : Context(call), IIncomingGrainCallContext
    {
        public object Grain => target.GrainInstance!;

        public IGrainContext TargetContext => target;

        public MethodInfo ImplementationMethod
        {
            get
            {
                var map = target.GrainInstance!.GetType().GetInterfaceMap(InterfaceMethod.DeclaringType!);
                return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, InterfaceMethod)];
            }
        }

        protected override async Task<bool> TryFilter(int step)
        {
            if (step >= filters.Length)
            {
                return false;
            }

            await filters[step].Invoke(this);
            return true;
        }

        protected override async Task<Response> Last()
        {
            var task = Call.Start(target.GrainInstance!);
            await task;
            return Response.FromResult(Call.ResultOf(task));
        }
    }

    private sealed class Outgoing_(Call call, IOutgoingGrainCallFilter[] filters, Func<Task<Response>> send) : Context(call), IOutgoingGrainCallContext
    {
        public object Grain => Call.Target;

        public IGrainContext? SourceContext => Call.Source;

        protected override async Task<bool> TryFilter(int step)
        {
            if (step >= filters.Length)
            {
                return false;
            }

            await filters[step].Invoke(this);
            return true;
        }

        protected override Task<Response> Last() => send();
    }
}
