using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Grains.Storage;

/// <summary>Every call to Postgres goes through here and ends within the deadline, whatever the server does. While a server is stopped (SIGSTOP) or
/// unreachable, neither a command timeout nor a cancellation returns: the call is given up, and its connection goes back to the pool whenever its
/// work ends. Until then it occupies its place in the pool, so the number of given-up calls is bounded by the pool's size.</summary>
internal sealed partial class PostgresGateway(
    PostgresPools pools, LogHealth health, IOptions<StorageOptions> options, TimeProvider time, ILogger<PostgresGateway> logger)
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(StorageHosting.ConnectSeconds);

    private readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(options.Value.DeadlineMs);

    /// <param name="work">Runs outside the caller's turn, and perhaps still after the caller was answered: it may not touch a grain's state.</param>
    /// <exception cref="LogUnavailableException">Postgres did not answer, or only with an outage. The outcome is unknown.</exception>
    public async Task<T> Run<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        try
        {
            return await Within(_deadline, Execute(pools.Current, _deadline, work));
        }
        catch (LogUnavailableException outage) when (!outage.IsContention)
        {
            health.OnOutage();
            throw;
        }
    }

    public Task Run(Func<NpgsqlConnection, Task> work) => Run(async connection =>
    {
        await work(connection);
        return true;
    });

    /// <summary>On a new pool, which takes over when the work is done. The deadline does not count the time that a new connection takes.</summary>
    public async Task RunAfresh(Func<NpgsqlConnection, Task> work)
    {
        await Within(Connect + _deadline, Execute(pools.Next(), Connect + _deadline, async connection =>
        {
            await work(connection);
            return true;
        }));
        pools.Switch();
    }

    private async Task<T> Within<T>(TimeSpan deadline, Task<T> running)
    {
        try
        {
            return await running.WaitAsync(deadline, time);
        }
        catch (TimeoutException e)
        {
            LogDeadline(logger, deadline.TotalMilliseconds);
            _ = Forget(running);
            throw new LogUnavailableException($"Postgres gave no answer within {deadline.TotalMilliseconds:0} ms.", e);
        }
    }

    private async Task<T> Execute<T>(NpgsqlDataSource pool, TimeSpan deadline, Func<NpgsqlConnection, Task<T>> work)
    {
        if (TaskScheduler.Current != TaskScheduler.Default)
        {
            // Off the activation's scheduler: an activation that goes away may not take a connection with it.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        var started = time.GetTimestamp();
        try
        {
            await using var connection = pool.CreateConnection();
            await connection.OpenAsync();
            if (time.GetElapsedTime(started) >= deadline)
            {
                // The caller has gone: what has not begun must not happen after it was told so.
                throw new LogUnavailableException("No connection to Postgres became free within the deadline.");
            }

            return await work(connection);
        }
        catch (PostgresException e) when (PostgresErrors.IsOutage(e.SqlState))
        {
            throw new LogUnavailableException($"Postgres cannot work: {e.SqlState}.", e) { IsContention = PostgresErrors.IsContention(e.SqlState) };
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            throw new LogUnavailableException("The connection to Postgres failed.", e);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new LogUnavailableException("The connection to Postgres failed.", e);
        }
    }

    private static async Task Forget(Task running) => await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Postgres gave no answer within {DeadlineMs} ms; the call is given up, its outcome is unknown.")]
    private static partial void LogDeadline(ILogger logger, double deadlineMs);
}
