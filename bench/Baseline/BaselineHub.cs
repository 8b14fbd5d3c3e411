using Microsoft.AspNetCore.SignalR;

namespace Chat.Bench.Baseline;

internal sealed class BaselineHub(CommitLanes lanes) : Hub
{
    public Task<BaselineReceipt> SendMessage(BaselineSend message) => lanes.Append((Seat)Context.Items[Seat.Key]!, message);
}
