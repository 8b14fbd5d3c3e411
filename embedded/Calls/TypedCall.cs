using Orleans.Copying;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

internal abstract class Call<TResult> : Call
{
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Promise => _answer.Task;

    public override object? ResultOf(Task completed) => ((Task<TResult>)completed).Result;

    public override void Answer(Task completed)
    {
        if (completed.IsCompletedSuccessfully)
        {
            Succeed(Result(completed));
        }
        else
        {
            Fail(completed.IsCanceled ? new TaskCanceledException(completed) : completed.Exception!.InnerException!);
        }
    }

    public override void Answer(Response response)
    {
        if (response.Exception is { } error)
        {
            Fail(error);
        }
        else
        {
            Succeed(response.Result is null ? default! : (TResult)response.Result);
        }
    }

    public override void Fail(Exception error)
    {
        if (!TryTakeAnswer())
        {
            return;
        }

        var arriving = ExceptionCopy.ForCaller(error);
        if (arriving is OperationCanceledException)
        {
            // Cancelled, as an awaited call is, and with what was thrown.
            _answer.TrySetFromTask(Cancelled(arriving));
        }
        else
        {
            _answer.TrySetException(arriving);
        }
    }

    public override void Fired() => _answer.TrySetResult(default!);

    protected virtual TResult Result(Task completed) => ((Task<TResult>)completed).Result;

#pragma warning disable CS1998 // a method that throws in a task is the only way to cancel one with an exception of one's own
    private static async Task<TResult> Cancelled(Exception error) => throw error;
#pragma warning restore CS1998

    private void Succeed(TResult result)
    {
        if (IsAnswered)
        {
            return;
        }

        if (LosesReply)
        {
            Fail(new TimeoutException($"Response did not arrive on time for {this}; the outcome is unknown."));
            return;
        }

        try
        {
            result = Copier<TResult>.Copy(result);
        }
        catch (Exception error)
        {
            Fail(error);
            return;
        }

        if (TryTakeAnswer())
        {
            _answer.TrySetResult(result);
        }
    }
}
