namespace Orleans.Calls;

/// <summary>What stands behind an id.</summary>
internal interface ICallTarget
{
    void Receive(Call call);
}
