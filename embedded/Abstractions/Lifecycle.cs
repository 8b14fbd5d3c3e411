using Orleans.Runtime;

namespace Orleans
{
    public interface ILifecycleObserver
    {
        Task OnStart(CancellationToken cancellationToken = default);

        Task OnStop(CancellationToken cancellationToken = default);
    }

    public interface ILifecycleObservable
    {
        IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer);
    }

    public interface ILifecycleParticipant<TLifecycleObservable>
        where TLifecycleObservable : ILifecycleObservable
    {
        void Participate(TLifecycleObservable lifecycle);
    }

    public static class ServiceLifecycleStage
    {
        public const int First = int.MinValue;
        public const int RuntimeInitialize = 2000;
        public const int RuntimeServices = 4000;
        public const int RuntimeStorageServices = 6000;
        public const int RuntimeGrainServices = 8000;
        public const int AfterRuntimeGrainServices = 8100;
        public const int ApplicationServices = 10000;
        public const int BecomeActive = Active - 1;
        public const int Active = 20000;
        public const int Last = int.MaxValue;
        internal const int GrainDeactivation = Active - 2;
    }

    public static class LifecycleExtensions
    {
        public static IDisposable Subscribe(
            this ILifecycleObservable observable, string observerName, int stage, Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop) =>
            observable.Subscribe(observerName, stage, new Observer(onStart, onStop));

        public static IDisposable Subscribe(this ILifecycleObservable observable, string observerName, int stage, Func<CancellationToken, Task> onStart) =>
            observable.Subscribe(observerName, stage, new Observer(onStart, onStop: null));

        public static IDisposable Subscribe<TObserver>(
            this ILifecycleObservable observable, int stage, Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop) =>
            observable.Subscribe(typeof(TObserver).FullName!, stage, new Observer(onStart, onStop));

        public static IDisposable Subscribe<TObserver>(this ILifecycleObservable observable, int stage, Func<CancellationToken, Task> onStart) =>
            observable.Subscribe(typeof(TObserver).FullName!, stage, new Observer(onStart, onStop: null));

        public static IDisposable Subscribe(this ILifecycleObservable observable, int stage, ILifecycleObserver observer) =>
            observable.Subscribe(observer.GetType().FullName!, stage, observer);

        private sealed class Observer(Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop) : ILifecycleObserver
        {
            public Task OnStart(CancellationToken cancellationToken = default) => onStart(cancellationToken);

            public Task OnStop(CancellationToken cancellationToken = default) => onStop?.Invoke(cancellationToken) ?? Task.CompletedTask;
        }
    }
}

namespace Orleans.Runtime
{
    public interface ISiloLifecycle : ILifecycleObservable
    {
        int HighestCompletedStage { get; }

        int LowestStoppedStage { get; }
    }

    public interface IGrainLifecycle : ILifecycleObservable;

    public static class GrainLifecycleStage
    {
        public const int First = int.MinValue;
        public const int SetupState = 1000;
        public const int Activate = 2000;
        public const int Last = int.MaxValue;
    }

    public interface IStartupTask
    {
        Task Execute(CancellationToken cancellationToken);
    }

    /// <summary>Starts stage by stage, upwards; stops downwards, only what was started.</summary>
    internal sealed class StagedLifecycle : ISiloLifecycle, IGrainLifecycle
    {
        private readonly Lock _gate = new();
        private readonly List<Subscription> _subscriptions = [];

        public int HighestCompletedStage { get; private set; } = int.MinValue;

        public int LowestStoppedStage { get; private set; } = int.MaxValue;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            var subscription = new Subscription(this, stage, observer);
            lock (_gate)
            {
                _subscriptions.Add(subscription);
            }

            return subscription;
        }

        public async Task Start(CancellationToken token)
        {
            foreach (var stage in Stages().OrderBy(group => group.Key))
            {
                token.ThrowIfCancellationRequested();
                await Task.WhenAll(stage.Select(each => each.Observer.OnStart(token)));
                HighestCompletedStage = stage.Key;
            }
        }

        public async Task Stop(CancellationToken token, Action<Exception> onError)
        {
            foreach (var stage in Stages().Where(group => group.Key <= HighestCompletedStage).OrderByDescending(group => group.Key))
            {
                try
                {
                    await Task.WhenAll(stage.Select(each => each.Observer.OnStop(token)));
                }
                catch (Exception error)
                {
                    onError(error);
                }

                LowestStoppedStage = stage.Key;
            }
        }

        private IGrouping<int, Subscription>[] Stages()
        {
            lock (_gate)
            {
                return _subscriptions.GroupBy(each => each.Stage).ToArray();
            }
        }

        private sealed class Subscription(StagedLifecycle owner, int stage, ILifecycleObserver observer) : IDisposable
        {
            public int Stage { get; } = stage;

            public ILifecycleObserver Observer { get; } = observer;

            public void Dispose()
            {
                lock (owner._gate)
                {
                    owner._subscriptions.Remove(this);
                }
            }
        }
    }
}
