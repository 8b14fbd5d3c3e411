namespace Orleans.Calls;

/// <summary>Work of the engine itself that runs as a request to the activation: a timer's tick, a reminder, an event of a stream.</summary>
internal sealed class LocalCall(Func<Task> work, bool interleave, bool keepsAlive, bool canMove) : VoidCall
{
    private static readonly CalledMethod LocalMethod = new(typeof(ILocalWork).GetMethod(nameof(ILocalWork.Run))!);

    private interface ILocalWork
    {
        Task Run();
    }

    public override CalledMethod Method => LocalMethod;

    public override bool AlwaysInterleave => interleave;

    public override bool CanMove => canMove;

    public override bool KeepsAlive => keepsAlive;

    public override Task Start(object target) => work();
}
