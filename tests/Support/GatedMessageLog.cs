using Chat.Conversations;
using Chat.Grains.Storage;

namespace Chat.Tests.Support;

/// <summary>A real log with faults on demand at the one storage seam: the next appends can be held, fail, or happen and lose their answer.</summary>
internal sealed class GatedMessageLog(IMessageLog inner) : IMessageLog
{
    private readonly Queue<Func<IReadOnlyList<LogEntry>, Task<IReadOnlyDictionary<Guid, AppendResult>>>> _script = new();
    private TaskCompletionSource? _gate;
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isDown;
    private int _appends;

    public int Appends => Volatile.Read(ref _appends);

    /// <summary>Appends wait from now on, until <see cref="Release"/>.</summary>
    /// <returns>Completes when the first one waits.</returns>
    public Task Hold()
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _reached.Task;
    }

    public void Release() => _gate?.TrySetResult();

    public void FailNext(Exception exception) => _script.Enqueue(_ => Task.FromException<IReadOnlyDictionary<Guid, AppendResult>>(exception));

    /// <summary>Every call fails as it does without a server, until <see cref="ComeBack"/>.</summary>
    public void GoDown() => _isDown = true;

    public void ComeBack() => _isDown = false;

    /// <summary>The next append is done, and its caller hears nothing.</summary>
    public void LoseNextAnswer() => _script.Enqueue(async entries =>
    {
        await inner.Append(entries);
        throw new LogUnavailableException("The answer was lost.");
    });

    /// <summary>The next append is done, and nothing is heard of the log afterwards.</summary>
    public void GoDownAfterNext() => _script.Enqueue(async entries =>
    {
        await inner.Append(entries);
        GoDown();
        throw new LogUnavailableException("The answer was lost.");
    });

    /// <summary>The next append finds its own entries behind the keys of its group, as it does when a neighbour repeats a key.</summary>
    public void RepeatNext() =>
        _script.Enqueue(entries => Task.FromException<IReadOnlyDictionary<Guid, AppendResult>>(new RepeatedKeyException(entries)));

    public async Task<IReadOnlyDictionary<Guid, AppendResult>> Append(IReadOnlyList<LogEntry> entries)
    {
        Interlocked.Increment(ref _appends);
        CheckUp();
        if (_gate is { } gate)
        {
            _reached.TrySetResult();
            await gate.Task;
        }

        return await (_script.TryDequeue(out var fault) ? fault(entries) : inner.Append(entries));
    }

    public Task<StoredConversation?> Load(Guid conversationId, int recent) => Up.Load(conversationId, recent);

    public Task<bool> Create(Conversation conversation) => Up.Create(conversation);

    public Task<LogEntry[]> Read(Guid conversationId, long after, long before, int limit, bool newest) =>
        Up.Read(conversationId, after, before, limit, newest);

    public Task<LogEntry[]> FindByKeys(Guid conversationId, Guid senderId, IReadOnlyList<string> clientMessageIds) =>
        Up.FindByKeys(conversationId, senderId, clientMessageIds);

    public Task MoveReadCursors(Guid conversationId, IReadOnlyList<(Guid UserId, long Sequence)> cursors) =>
        Up.MoveReadCursors(conversationId, cursors);

    public Task Probe(bool afresh) => Up.Probe(afresh);

    private IMessageLog Up
    {
        get
        {
            CheckUp();
            return inner;
        }
    }

    private void CheckUp()
    {
        if (_isDown)
        {
            throw new LogUnavailableException("The log is down.");
        }
    }
}
