namespace Chat.Grains.Held;

/// <summary>One write at a time; who comes during a write shares the next one with all who come meanwhile. It runs in the turns of its grain.</summary>
internal sealed class GroupWrite(Func<Task> write)
{
    private Task _running = Task.CompletedTask;
    private Task? _next;

    public Task Join()
    {
        if (_next is not null)
        {
            return _next;
        }

        return _running.IsCompleted ? _running = write() : _next = WriteAfter(_running);
    }

    private async Task WriteAfter(Task running)
    {
        try
        {
            await running;
        }
        catch (Exception)
        {
            // Its own callers are told; this write stands for itself.
        }

        _next = null;
        await (_running = write());
    }
}
