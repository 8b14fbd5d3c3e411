namespace Chat.Bench.Load;

/// <summary>What one load process is to do, told on its standard input.</summary>
/// <param name="Server">Address and port.</param>
/// <param name="Run">Eight characters in front of every idempotency key of this run.</param>
/// <param name="ServerProcess">Whose CPU and memory are measured; <paramref name="PostgresProcess"/> is the postmaster.</param>
/// <param name="Window">Sends in flight per user in the closed loop.</param>
/// <param name="Rate">Sends per second of all users together in the open loop.</param>
/// <param name="IdleConnections">How many idle connections memory is measured with; 0 leaves it out.</param>
internal sealed record LoadPlan(
    string Server,
    string Run,
    PlannedUser[] Users,
    PlannedPair[] Pairs,
    int ServerProcess,
    int PostgresProcess,
    double WarmUpSeconds,
    double Seconds,
    int Window,
    int Rate,
    int IdleConnections);

internal sealed record PlannedUser(Guid Id, string Token);

/// <summary>A direct conversation of the users at two places of <see cref="LoadPlan.Users"/>.</summary>
internal sealed record PlannedPair(Guid ConversationId, int First, int Second);
