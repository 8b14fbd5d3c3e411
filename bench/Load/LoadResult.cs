using Chat.Bench.Measuring;

namespace Chat.Bench.Load;

/// <summary>What one load process saw, told on its standard output.</summary>
/// <param name="Conversations">Over the whole run, warm-up included: what the database must agree with.</param>
/// <param name="Refusals">Answers that were not ok, by code. Each such send was repeated with its key until it was acknowledged.</param>
/// <param name="Faults">What must not happen: broken connections, deliveries lost, doubled or out of order, sends without an answer.</param>
internal sealed record LoadResult(
    double? IdleConnectionKiB,
    LoopFigures Closed,
    LoopFigures Open,
    ConversationTally[] Conversations,
    Dictionary<string, int> Refusals,
    string[] Faults);

/// <param name="Acked">Acknowledged within <paramref name="Seconds"/>.</param>
internal sealed record LoopFigures(double Seconds, long Acked, Percentiles Ack, Percentiles Delivery, CpuTimes Cpu);

/// <param name="SequenceSum">Of the sequences in the receipts.</param>
internal sealed record ConversationTally(Guid ConversationId, long Acked, long SequenceSum);
