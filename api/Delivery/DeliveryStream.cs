using Chat.Delivery;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;

namespace Chat.Api.Delivery;

/// <summary>This frontend's one stream. Streams are hints: when something on it is lost, or may be, the frontend takes a new incarnation. It subscribes under a new
/// id, registers it, announces its users' connections again, and then tells its clients to sync. The order matters: who syncs must already be reachable.</summary>
internal sealed partial class DeliveryStream(
    IClusterClient cluster,
    FrontendIncarnation incarnation,
    EventDispatch dispatch,
    DegradedNotice degraded,
    PresenceLink presence,
    SyncCall syncCall,
    EdgeInstruments instruments,
    IOptions<FrontendOptions> options,
    TimeProvider time,
    ILogger<DeliveryStream> logger) : IHostedService
{
    private readonly CancellationTokenSource _stopping = new();
    private StreamSubscriptionHandle<DeliveryBatch>? _subscription;
    private StreamListener? _listener;
    private long _renewedAt;
    private Task _watching = Task.CompletedTask;
    private Task _healing = Task.CompletedTask;

    private FrontendOptions Options => options.Value;

    /// <summary>Subscribed and registered: events arrive.</summary>
    public bool Ready => _listener is not null && !LeaseLost;

    private bool LeaseLost => time.GetElapsedTime(Volatile.Read(ref _renewedAt)).TotalMilliseconds > Options.LeaseLostMs;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Subscribe();
        _watching = Watch();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching;
        await _healing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Forget(_subscription, incarnation.Id);
    }

    private async Task Watch()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Tick();
            if (_healing.IsCompleted && Loss() is { } loss)
            {
                _healing = Heal(loss);
            }
            else
            {
                await RenewWhenDue();
            }
        }
    }

    private Task Tick()
    {
        var tick = Task.Delay(TimeSpan.FromMilliseconds(Options.RenewMs / 5.0), time, _stopping.Token);
        return _healing.IsCompleted && _listener is { } listener ? Task.WhenAny(tick, listener.Lost) : Task.WhenAny(tick);
    }

    private string? Loss() =>
        _stopping.IsCancellationRequested ? null
        : _listener is null ? "not_subscribed"
        : _listener.Lost.IsCompleted ? "hole"
        : _listener.Silent ? "silence"
        : LeaseLost ? "lease"
        : null;

    private async Task Heal(string loss)
    {
        LogLoss(logger, loss);
        instruments.OnIncarnation(loss);
        var (before, beforeId) = (_subscription, incarnation.Id);
        _listener = null;
        incarnation.Renew();
        try
        {
            await Subscribe();
            await presence.AnnounceAll();
            await syncCall.ToAll(_stopping.Token);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // Without a listener the next tick heals again.
            _listener = null;
            LogNotHealed(logger, failed.GetType().Name);
        }

        await Forget(before, beforeId);
    }

    private async Task Subscribe()
    {
        var listener = new StreamListener(dispatch, degraded, new PublisherNumbers(TimeSpan.FromMilliseconds(Options.SilenceMs), time));
        var stream = cluster.GetStreamProvider(DeliveryStreams.Provider).GetStream<DeliveryBatch>(StreamId.Create(DeliveryStreams.Namespace, incarnation.Id));
        _subscription = await stream.SubscribeAsync(listener);
        await Registry.Renew(incarnation.Id);
        Volatile.Write(ref _renewedAt, time.GetTimestamp());
        _listener = listener;
    }

    private async Task RenewWhenDue()
    {
        if (_listener is null || time.GetElapsedTime(_renewedAt).TotalMilliseconds < Options.RenewMs)
        {
            return;
        }

        try
        {
            await Registry.Renew(incarnation.Id).WaitAsync(TimeSpan.FromMilliseconds(Options.RenewMs), time);
            Volatile.Write(ref _renewedAt, time.GetTimestamp());
        }
        catch (Exception failed)
        {
            // The next tick tries again, until the lease counts as lost.
            LogNotRenewed(logger, failed.GetType().Name);
        }
    }

    private async Task Forget(StreamSubscriptionHandle<DeliveryBatch>? subscription, string id)
    {
        try
        {
            await Task.WhenAll(subscription?.UnsubscribeAsync() ?? Task.CompletedTask, Registry.Remove(id)).WaitAsync(TimeSpan.FromMilliseconds(Options.RenewMs), time);
        }
        catch (Exception failed)
        {
            // Its lease ends by itself, and nobody publishes to it then.
            LogNotForgotten(logger, failed.GetType().Name);
        }
    }

    private IFrontendRegistryGrain Registry => cluster.GetGrain<IFrontendRegistryGrain>(0);

    [LoggerMessage(LogLevel.Warning, "Events may have been lost ({Loss}): this frontend takes a new incarnation and its clients sync.")]
    private static partial void LogLoss(ILogger logger, string loss);

    [LoggerMessage(LogLevel.Warning, "The new incarnation of this frontend is not complete ({Reason}); it is tried again.")]
    private static partial void LogNotHealed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The lease of this frontend was not renewed ({Reason}).")]
    private static partial void LogNotRenewed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "An earlier incarnation of this frontend was not removed ({Reason}); its lease ends by itself.")]
    private static partial void LogNotForgotten(ILogger logger, string reason);
}
