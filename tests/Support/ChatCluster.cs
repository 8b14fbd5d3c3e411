using Chat.Accounts;
using Chat.Conversations;
using Chat.Delivery;
using Chat.Grains;
using Chat.Silo;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.TestingHost;

namespace Chat.Tests.Support;

/// <summary>A silo with every grain, on the engine of the build: the real wiring, in memory unless a database is named.</summary>
internal sealed class ChatCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private ChatCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IClusterClient Client => _cluster.Client;

    public IServiceProvider Services => _cluster.GetSiloServiceProvider();

    public static async Task<ChatCluster> Start(Action<IServiceCollection>? configure = null, string? postgres = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddChatGrains(postgres);
            silo.UseChatStreams();
            silo.UseInMemoryReminderService();
            configure?.Invoke(silo.Services);
        });
        builder.ConfigureClient(client => client.UseChatStreams());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new ChatCluster(cluster);
    }

    public IConversationGrain Conversation(Guid id) => Client.GetGrain<IConversationGrain>(id);

    /// <summary>Registers people; each has a session and an id.</summary>
    public async Task<Guid[]> Register(params string[] usernames)
    {
        var ids = new List<Guid>();
        foreach (var username in usernames)
        {
            var answer = await Register(username);
            for (var again = 2; again < 10 && answer.Refusal?.Code == RefusalCode.Unavailable; again++)
            {
                // The machine is busy, and whether the first one was made is not known.
                answer = await Register($"{username}{again}");
            }

            ids.Add(answer.Value!.User.Id);
        }

        return [.. ids];
    }

    private Task<Answer<SignedIn>> Register(string username) =>
        Client.GetGrain<ISignInGrain>(0).Register(new Registration($"{username}@example.org", username, "correct horse battery", null));

    public async Task<Guid> OpenDirect(Guid one, Guid other)
    {
        var id = DirectConversation.IdOf(one, other);
        var opened = await Conversation(id).Open(new OpenConversation(ConversationType.Direct, one, [other], null));
        return opened.Value!.Conversation.Id;
    }

    /// <summary>Stops the conversation's activation: the next call finds what was stored.</summary>
    public Task Sleep(Guid conversationId) => _cluster.DeactivateAsync(Conversation(conversationId));

    /// <summary>A frontend of the tests' own: registered, listening on its stream, and known to the silo.</summary>
    public async Task<TestFrontend> StartFrontend(string frontendId)
    {
        var frontend = await RegisterFrontend(frontendId);
        await frontend.WaitForBatch();
        return frontend;
    }

    /// <summary>Registered and listening; the silo has not asked the registry yet.</summary>
    public async Task<TestFrontend> RegisterFrontend(string frontendId)
    {
        var frontend = new TestFrontend(frontendId);
        var stream = Client.GetStreamProvider(DeliveryStreams.Provider).GetStream<DeliveryBatch>(StreamId.Create(DeliveryStreams.Namespace, frontendId));
        await stream.SubscribeAsync((batch, _) => frontend.OnBatch(batch));
        await Client.GetGrain<IFrontendRegistryGrain>(0).Renew(frontendId);
        return frontend;
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
