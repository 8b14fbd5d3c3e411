namespace Chat.Api.Hosting;

/// <summary>The hub's open sockets, each until its last byte has gone.</summary>
internal sealed class OpenSockets
{
    private readonly Lock _gate = new();
    private int _open;
    private TaskCompletionSource? _none;

    public async Task Hold(HttpContext context, RequestDelegate next)
    {
        lock (_gate)
        {
            _open++;
        }

        try
        {
            await next(context);
        }
        finally
        {
            Leave();
        }
    }

    public Task WhenNone()
    {
        lock (_gate)
        {
            return _open == 0 ? Task.CompletedTask : (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_open == 0)
            {
                _none?.TrySetResult();
                _none = null;
            }
        }
    }
}
