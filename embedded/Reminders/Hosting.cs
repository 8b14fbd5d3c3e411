using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Reminders;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Hosting;

public static class SiloBuilderReminderExtensions
{
    /// <summary>The service; its table is whatever <see cref="IReminderTable"/> is registered.</summary>
    public static ISiloBuilder AddReminders(this ISiloBuilder builder)
    {
        if (!builder.Services.Any(each => each.ServiceType == typeof(ReminderSchedule)))
        {
            builder.Services.AddSingleton<ReminderSchedule>();
            builder.Services.AddSingleton<IReminderRegistry>(static services => services.GetRequiredService<ReminderSchedule>());
            builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static services => services.GetRequiredService<ReminderSchedule>());
        }

        return builder;
    }

    public static ISiloBuilder UseInMemoryReminderService(this ISiloBuilder builder)
    {
        builder.Services.TryAddSingleton<IReminderTable, MemoryReminderTable>();
        return builder.AddReminders();
    }

    /// <summary>Embedded only: reminders that outlive the process, in a file.</summary>
    public static ISiloBuilder UseFileReminderService(this ISiloBuilder builder, string path)
    {
        builder.Services.AddSingleton<IReminderTable>(new FileReminderTable(path));
        return builder.AddReminders();
    }
}
