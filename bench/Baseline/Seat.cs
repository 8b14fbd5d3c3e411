using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.AspNetCore.SignalR;

namespace Chat.Bench.Baseline;

/// <summary>Two users who talk. Its lane alone counts its sequences.</summary>
internal sealed class PairConversation(Guid id)
{
    private readonly Dictionary<Guid, Seat> _seats = new(2);

    public Guid Id => id;

    public long Head { get; set; }

    public Seat SeatOf(Guid userId)
    {
        lock (_seats)
        {
            if (!_seats.TryGetValue(userId, out var seat))
            {
                seat = new Seat(this, userId);
                if (_seats.Values.SingleOrDefault() is { } peer)
                {
                    (peer.Peer, seat.Peer) = (seat, peer);
                }

                _seats.Add(userId, seat);
            }

            return seat;
        }
    }
}

/// <summary>A user's place in a conversation: the connections, and what the current batch has for them.</summary>
internal sealed class Seat(PairConversation conversation, Guid userId)
{
    public static readonly object Key = new();

    public PairConversation Conversation => conversation;

    public Guid UserId => userId;

    public Seat? Peer { get; set; }

    public ImmutableArray<HubConnectionContext> Connections = [];

    public ArrayBufferWriter<byte> Outbox { get; } = new(1024);
}

internal sealed class Conversations
{
    private readonly ConcurrentDictionary<Guid, PairConversation> _byId = new();

    public PairConversation Get(Guid id) => _byId.GetOrAdd(id, id => new PairConversation(id));
}
