using Npgsql;

namespace Chat.Bench.Baseline;

/// <summary>Conversations are spread over a few lanes, each with a thread and a connection: one lane's batch gathers while another's commits.</summary>
internal sealed class CommitLanes
{
    private readonly CommitLane[] _lanes;

    public CommitLanes(NpgsqlDataSource database, int count)
    {
        _lanes = Enumerable.Range(0, count).Select(_ => new CommitLane(database)).ToArray();
    }

    public Task<BaselineReceipt> Append(Seat sender, BaselineSend message) =>
        _lanes[(uint)sender.Conversation.Id.GetHashCode() % (uint)_lanes.Length].Append(sender, message);
}
