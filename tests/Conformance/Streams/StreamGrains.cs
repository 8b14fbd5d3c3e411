using Orleans;
using Orleans.Streams;

namespace Chat.Conformance.Streams;

[GenerateSerializer]
public sealed class Parcel
{
    [Id(0)]
    public int Number { get; set; }
}

public interface IConsumerGrain : IGrainWithStringKey
{
    Task Listen();

    Task Leave();

    Task<int> Subscriptions();
}

/// <summary>Listens to the stream of its own key, and goes on after it was activated again.</summary>
public sealed class ConsumerGrain : Grain, IConsumerGrain
{
    private string Key => this.GetPrimaryKeyString();

    private IAsyncStream<Parcel> Stream => this.GetStreamProvider(ConformanceCluster.Streams).GetStream<Parcel>("parcels", Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync(OnParcel);
        }
    }

    public Task Listen() => Stream.SubscribeAsync(OnParcel);

    public async Task Leave()
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles())
        {
            await handle.UnsubscribeAsync();
        }
    }

    public async Task<int> Subscriptions() => (await Stream.GetAllSubscriptionHandles()).Count;

    private Task OnParcel(Parcel parcel, StreamSequenceToken? token)
    {
        Signals.Raise($"{Key}/{parcel.Number}", TaskScheduler.Current != TaskScheduler.Default);
        return Task.CompletedTask;
    }
}
