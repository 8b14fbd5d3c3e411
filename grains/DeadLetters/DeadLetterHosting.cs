using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.DeadLetters;

public static class DeadLetterHosting
{
    public static IServiceCollection AddDeadLetters(this IServiceCollection services)
    {
        services.AddChatOptions<DeadLetterOptions>(DeadLetterOptions.Section, o => o.Fault());
        services.AddSingleton<DeadLetterIntake>();
        services.AddSingleton<Redrive>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, DeadLetterStart>();
        return services;
    }
}
