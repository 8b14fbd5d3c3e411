using Chat.Grains.Accounts;
using Chat.Grains.Conversations;
using Chat.Grains.DeadLetters;
using Chat.Grains.Delivery;
using Chat.Grains.Diagnostics;
using Chat.Grains.Held;
using Chat.Grains.Inbox;
using Chat.Grains.Presence;
using Chat.Grains.Retention;
using Chat.Grains.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains;

/// <summary>What the grains of a silo need.</summary>
public static class GrainHosting
{
    /// <param name="postgres">Null: everything is in memory and nothing is kept.</param>
    public static IServiceCollection AddChatGrains(this IServiceCollection services, string? postgres)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<ChatInstruments>();
        services.AddChatStorage(postgres);
        services.AddAccounts(postgres is not null);
        services.AddRetention(postgres is not null);
        services.AddHeldMessages(defaultFolder: postgres is null ? null : "fallback");
        services.AddDeadLetters();
        services.AddChatOptions<ConversationOptions>(ConversationOptions.Section, o => o.Fault());
        services.AddChatOptions<MessageWriterOptions>(MessageWriterOptions.Section, o => o.Fault());
        services.AddChatOptions<DeliveryOptions>(DeliveryOptions.Section, o => o.Fault());
        services.AddChatOptions<InboxOptions>(InboxOptions.Section, o => o.Fault());
        services.AddChatOptions<PresenceOptions>(PresenceOptions.Section, o => o.Fault());
        services.AddSingleton(sp => new LiveFrontends(
            TimeSpan.FromSeconds(sp.GetRequiredService<IOptions<DeliveryOptions>>().Value.LeaseSeconds),
            sp.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LogHealth>();
        services.AddOnSiloLifecycle<MessageWriter>();
        services.AddOnSiloLifecycle<DeliveryOutbox>();
        return services;
    }

    /// <summary>Bound from its section, its defaults in code, refused at the start when <paramref name="fault"/> finds one.</summary>
    public static IServiceCollection AddChatOptions<T>(this IServiceCollection services, string section, Func<T, string?> fault)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new FaultCheck<T>(fault));
        return services;
    }

    private static void AddOnSiloLifecycle<T>(this IServiceCollection services)
        where T : class, ILifecycleParticipant<ISiloLifecycle>
    {
        services.AddSingleton<T>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(sp => sp.GetRequiredService<T>());
    }

    private sealed class FaultCheck<T>(Func<T, string?> fault) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options) =>
            fault(options) is { } message ? ValidateOptionsResult.Fail(message) : ValidateOptionsResult.Success;
    }
}
