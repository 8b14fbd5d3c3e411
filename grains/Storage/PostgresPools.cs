using Npgsql;

namespace Chat.Grains.Storage;

/// <summary>The connections to Postgres. A call that is given up leaves its connection where it hangs, and in a partition that swallows packets that is for minutes:
/// the pool would be full of such connections when Postgres is back. So a pool that was cut off is not waited for, another one takes its place.</summary>
internal sealed class PostgresPools(NpgsqlDataSource first, Func<NpgsqlDataSource> create) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private volatile NpgsqlDataSource _current = first;
    private NpgsqlDataSource? _next;
    private bool _disposed;

    public NpgsqlDataSource Current => _current;

    /// <summary>The one that takes over with <see cref="Switch"/>.</summary>
    public NpgsqlDataSource Next()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _next ??= create();
        }
    }

    public void Switch()
    {
        NpgsqlDataSource before;
        lock (_gate)
        {
            if (_next is null || _disposed)
            {
                return;
            }

            before = _current;
            (_current, _next) = (_next, null);
        }

        // Its idle connections close now, those in use when their work ends, if ever.
        before.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlDataSource? next;
        lock (_gate)
        {
            (_disposed, next, _next) = (true, _next, null);
        }

        await _current.DisposeAsync();
        if (next is not null)
        {
            await next.DisposeAsync();
        }
    }
}
