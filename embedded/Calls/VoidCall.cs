using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call of a method that answers nothing but its end.</summary>
internal abstract class VoidCall : Call<bool>
{
    public override object? ResultOf(Task completed) => null;

    public override void Answer(Response response)
    {
        if (response.Exception is { } error)
        {
            Fail(error);
        }
        else
        {
            Answer(Task.CompletedTask);
        }
    }

    protected override bool Result(Task completed) => true;
}
