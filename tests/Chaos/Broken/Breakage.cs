using Chat.Grains.Storage;

namespace Chat.Broken;

/// <summary>What can be broken.</summary>
internal static class Breakage
{
    // The guard, and the key that would stand in for it.
    private const string NoGuard =
        """
        do $$
        declare definition text := pg_get_functiondef('append_batch'::regproc);
        begin
          if definition like '%where c.last_sequence = b.lowest - 1%' then
            execute replace(replace(definition, 'where c.last_sequence = b.lowest - 1', ''), 'and c.last_sequence = h.lowest - 1', '');
          elsif not exists (select from pg_class where relname = 'messages_unguarded') then
            raise 'The guard is not where it was.';
          end if;
        end $$;
        alter table messages drop constraint if exists messages_pkey;
        create index if not exists messages_unguarded on messages (conversation_id, sequence);
        """;

    private const string NoIdempotency = "alter table messages drop constraint if exists messages_idempotency";

    public static Action<IServiceCollection> Of(string? name) => name switch
    {
        "ack-before-commit" => services => Replace(services, log => new EarlyLog(log)),
        "no-guard" => services => RunAtStart(services, NoGuard),
        "no-idempotency" => services =>
        {
            RunAtStart(services, NoIdempotency);
            Replace(services, log => new ForgetfulLog(log));
        },
        _ => throw new InvalidOperationException($"CHAT_BROKEN is '{name}'; it takes ack-before-commit, no-guard or no-idempotency."),
    };

    private static void RunAtStart(IServiceCollection services, string sql) =>
        services.AddHostedService(sp => ActivatorUtilities.CreateInstance<SqlAtStart>(sp, sql));

    private static void Replace(IServiceCollection services, Func<IMessageLog, IMessageLog> broken)
    {
        var real = services.Last(s => s.ServiceType == typeof(IMessageLog)).ImplementationType!;
        services.AddSingleton(sp => broken((IMessageLog)ActivatorUtilities.CreateInstance(sp, real)));
    }
}
