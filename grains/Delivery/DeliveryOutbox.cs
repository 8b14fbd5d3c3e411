using System.Collections.Concurrent;
using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains.Diagnostics;
using Chat.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Delivery;

/// <summary>Carries what this silo's grains have to say to the frontends: gathers all that goes to one frontend into one numbered stream event. Streams are hints:
/// what cannot be published is dropped, its number shows the hole, and the frontend's clients sync. The last number is repeated, so that a lost last event shows too.</summary>
internal sealed partial class DeliveryOutbox : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<string, FrontendOutbox> _frontends = new(StringComparer.Ordinal);
    private readonly IClusterClient _client;
    private readonly LiveFrontends _live;
    private readonly LogHealth _health;
    private readonly DeliveryOptions _options;
    private readonly TimeProvider _time;
    private readonly ChatInstruments _instruments;
    private readonly ILogger<DeliveryOutbox> _logger;
    private readonly string _publisher;
    private readonly CancellationTokenSource _stopping = new();
    private Task _repeating = Task.CompletedTask;
    private IDisposable? _healthChanges;

    public DeliveryOutbox(
        IClusterClient client,
        ILocalSiloDetails silo,
        LiveFrontends live,
        LogHealth health,
        IOptions<DeliveryOptions> options,
        TimeProvider time,
        ChatInstruments instruments,
        ILogger<DeliveryOutbox> logger)
    {
        _client = client;
        _live = live;
        _health = health;
        _options = options.Value;
        _time = time;
        _instruments = instruments;
        _logger = logger;
        _publisher = $"{silo.Name}/{Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}";
    }

    public IReadOnlyCollection<string> LiveFrontends => _live.All;

    public void Participate(ISiloLifecycle lifecycle)
    {
        // The loop needs grains: it starts when the silo is active, and goes on while the grains send their last entries.
        lifecycle.Subscribe(nameof(DeliveryOutbox) + "Loop", ServiceLifecycleStage.Active, Start);
        lifecycle.Subscribe(nameof(DeliveryOutbox), ServiceLifecycleStage.ApplicationServices, _ => Task.CompletedTask, Stop);
    }

    /// <summary>Never waits. A frontend without a live lease is passed over.</summary>
    public void Post(string frontendId, ServerEvent e, Guid[] recipients)
    {
        if (!_live.IsLive(frontendId))
        {
            return;
        }

        if (!_frontends.TryGetValue(frontendId, out var frontend))
        {
            frontend = _frontends.GetOrAdd(frontendId, Open);
        }

        if (!frontend.TryPost(new EventDelivery(e, recipients), PayloadBytes(e)))
        {
            _instruments.OnDeliveriesDropped(1);
        }
    }

    private FrontendOutbox Open(string frontendId)
    {
        var stream = _client.GetStreamProvider(DeliveryStreams.Provider).GetStream<DeliveryBatch>(StreamId.Create(DeliveryStreams.Namespace, frontendId));
        return new FrontendOutbox(_publisher, stream, _options, Degraded, dropped =>
        {
            _instruments.OnDeliveriesDropped(dropped.Deliveries);
            LogNotPublished(_logger, dropped.Deliveries, dropped.Reason.GetType().Name);
        });
    }

    private Degradation[] Degraded() => _health.DownSince is { } since ? [new Degradation(DegradedParts.Storage, since)] : [];

    private void RepeatNumbers()
    {
        foreach (var frontend in _frontends.Values)
        {
            frontend.RepeatNumber();
        }
    }

    private Task Start(CancellationToken cancellationToken)
    {
        // Told now, not with the next repetition.
        _healthChanges = _health.Subscribe(RepeatNumbers, RepeatNumbers);
        _repeating = Task.Run(Repeat, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancellationToken)
    {
        _healthChanges?.Dispose();
        await _stopping.CancelAsync();
        await _repeating.WaitAsync(cancellationToken);
        await Task.WhenAll(_frontends.Values.Select(f => f.Close())).WaitAsync(cancellationToken);
    }

    private async Task Repeat()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(_options.RepeatMs), _time);
        try
        {
            do
            {
                await Refresh();
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task Refresh()
    {
        try
        {
            // The numbers below do not wait for a registry that hangs.
            _live.Refresh(await _client.GetGrain<IFrontendRegistryGrain>(0).Live().WaitAsync(TimeSpan.FromMilliseconds(_options.RepeatMs), _time));
        }
        catch (Exception unreachable)
        {
            // The registry's silo may just be gone; the last answer holds until it is back.
            LogRegistryUnreachable(_logger, unreachable.GetType().Name);
        }

        foreach (var (frontendId, frontend) in _frontends)
        {
            if (!_live.IsLive(frontendId) && _frontends.TryRemove(frontendId, out _))
            {
                _ = frontend.Close();
            }
        }

        foreach (var frontendId in _live.All)
        {
            _frontends.GetOrAdd(frontendId, Open).RepeatNumber();
        }
    }

    // Only the text of a message can be large.
    private static int PayloadBytes(ServerEvent e) => 200 + (e is ConversationEvent { Content: { } content } ? content.Length * 2 : 0);

    [LoggerMessage(LogLevel.Warning, "{Deliveries} deliveries were not published to a frontend ({Reason}); its clients sync.")]
    private static partial void LogNotPublished(ILogger logger, int deliveries, string reason);

    [LoggerMessage(LogLevel.Warning, "The frontend registry does not answer ({Reason}).")]
    private static partial void LogRegistryUnreachable(ILogger logger, string reason);
}
