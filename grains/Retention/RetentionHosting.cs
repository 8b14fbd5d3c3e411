using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Retention;

public static class RetentionHosting
{
    /// <summary>Retention of what is in Postgres. What is in memory ends with the process.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, bool postgres)
    {
        services.AddChatOptions<RetentionOptions>(RetentionOptions.Section, o => o.Fault());
        if (postgres)
        {
            services.AddSingleton<PostgresRetentionStore>();
            services.AddSingleton<PostgresRetentionRecords>();
            services.AddSingleton<RetentionRun>();
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, RetentionSchedule>();
        }

        return services;
    }
}
