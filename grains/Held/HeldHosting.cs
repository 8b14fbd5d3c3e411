using Chat.Grains.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans;

namespace Chat.Grains.Held;

internal static class HeldHosting
{
    /// <param name="defaultFolder">Where messages are held when no setting says so; null: nowhere.</param>
    public static IServiceCollection AddHeldMessages(this IServiceCollection services, string? defaultFolder)
    {
        services.AddChatOptions<FallbackOptions>(FallbackOptions.Section, o => o.Fault());
        services.AddSingleton(provider => new Fallback(provider.GetRequiredService<IOptions<FallbackOptions>>(), defaultFolder));
        services.AddSingleton<IDisk, Disk>();
        services.AddKeyedSingleton<IGrainStorage>(Fallback.Storage, static (provider, _) => ActivatorUtilities.CreateInstance<FileGrainStorage>(provider));
        services.AddSingleton<HeldDepth>();
        services.AddSingleton<HeldServices>();
        services.AddSingleton<RescueCall>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<RescueCall>());
        return services;
    }
}
