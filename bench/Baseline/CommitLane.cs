using Microsoft.AspNetCore.SignalR;
using Npgsql;

namespace Chat.Bench.Baseline;

internal sealed record PendingMessage(Seat Sender, BaselineSend Message, TaskCompletionSource<BaselineReceipt> Answer);

/// <summary>Group commit without linger: whatever waits is the next batch. A failure ends the process, and with it the run.</summary>
internal sealed class CommitLane
{
    private const int LargestQueue = 10_000;

    private readonly object _gate = new();
    private readonly MessageTable _table;
    private readonly EventWriter _events = new();
    private readonly HashSet<Seat> _receivers = [];
    private List<PendingMessage> _waiting = [];

    public CommitLane(NpgsqlDataSource database)
    {
        _table = new MessageTable(database.OpenConnection());
        new Thread(Commit) { IsBackground = true, Name = "lane" }.Start();
    }

    public Task<BaselineReceipt> Append(Seat sender, BaselineSend message)
    {
        // Continuations run on the lane: waking a thread for each answer would cost more than the answer.
        var pending = new PendingMessage(sender, message, new TaskCompletionSource<BaselineReceipt>());
        lock (_gate)
        {
            if (_waiting.Count == LargestQueue)
            {
                throw new HubException("overloaded");
            }

            _waiting.Add(pending);
            if (_waiting.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }

        return pending.Answer.Task;
    }

    private void Commit()
    {
        var batch = new List<PendingMessage>();
        var receipts = new List<BaselineReceipt>();
        while (true)
        {
            Take(ref batch);
            var sentAt = TimeProvider.System.GetUtcNow();
            foreach (var pending in batch)
            {
                var conversation = pending.Sender.Conversation;
                receipts.Add(new BaselineReceipt(true, Guid.CreateVersion7(sentAt), conversation.Id, ++conversation.Head, sentAt, false, "committed"));
            }

            _table.Append(batch, receipts);
            Deliver(batch, receipts);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Answer.SetResult(receipts[i]);
            }

            batch.Clear();
            receipts.Clear();
        }
    }

    private void Take(ref List<PendingMessage> batch)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            (batch, _waiting) = (_waiting, batch);
        }
    }

    /// <summary>One write per receiver and batch: its events together, serialized once.</summary>
    private void Deliver(List<PendingMessage> batch, List<BaselineReceipt> receipts)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Sender.Peer is { } receiver)
            {
                _events.Write(receiver.Outbox, batch[i], receipts[i]);
                _receivers.Add(receiver);
            }
        }

        foreach (var receiver in _receivers)
        {
            var events = new SerializedHubMessage([new SerializedMessage("json", receiver.Outbox.WrittenSpan.ToArray())]);
            receiver.Outbox.ResetWrittenCount();
            foreach (var connection in receiver.Connections)
            {
                _ = connection.WriteAsync(events);
            }
        }

        _receivers.Clear();
    }
}
