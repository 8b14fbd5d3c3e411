using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Chat.Bench.Baseline;

/// <summary>One prepared insert over arrays: a batch is one statement, one transaction, one wait for the disk.</summary>
internal sealed class MessageTable
{
    private const string Insert = """
        insert into messages (conversation_id, sequence, kind, message_id, sender_id, sent_at, client_message_id, type, content, content_hash)
        select conversation_id, sequence, 0, message_id, sender_id, $8, client_message_id, 'text', content, content_hash
        from unnest($1, $2, $3, $4, $5, $6, $7) as e (conversation_id, sequence, message_id, sender_id, client_message_id, content, content_hash)
        """;

    private readonly NpgsqlCommand _insert;
    private readonly NpgsqlParameter<Guid[]> _conversations = Array<Guid>(NpgsqlDbType.Uuid);
    private readonly NpgsqlParameter<long[]> _sequences = Array<long>(NpgsqlDbType.Bigint);
    private readonly NpgsqlParameter<Guid[]> _messageIds = Array<Guid>(NpgsqlDbType.Uuid);
    private readonly NpgsqlParameter<Guid[]> _senders = Array<Guid>(NpgsqlDbType.Uuid);
    private readonly NpgsqlParameter<string[]> _keys = Array<string>(NpgsqlDbType.Text);
    private readonly NpgsqlParameter<string[]> _contents = Array<string>(NpgsqlDbType.Text);
    private readonly NpgsqlParameter<byte[][]> _hashes = Array<byte[]>(NpgsqlDbType.Bytea);
    private readonly NpgsqlParameter<DateTimeOffset> _sentAt = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public MessageTable(NpgsqlConnection connection)
    {
        _insert = new NpgsqlCommand(Insert, connection)
        {
            Parameters = { _conversations, _sequences, _messageIds, _senders, _keys, _contents, _hashes, _sentAt },
        };
        _insert.Prepare();
    }

    public void Append(List<PendingMessage> batch, List<BaselineReceipt> receipts)
    {
        var count = batch.Count;
        _conversations.TypedValue = new Guid[count];
        _sequences.TypedValue = new long[count];
        _messageIds.TypedValue = new Guid[count];
        _senders.TypedValue = new Guid[count];
        _keys.TypedValue = new string[count];
        _contents.TypedValue = new string[count];
        _hashes.TypedValue = new byte[count][];
        _sentAt.TypedValue = receipts[0].SentAt;
        for (var i = 0; i < count; i++)
        {
            _conversations.TypedValue[i] = receipts[i].ConversationId;
            _sequences.TypedValue[i] = receipts[i].Sequence;
            _messageIds.TypedValue[i] = receipts[i].MessageId;
            _senders.TypedValue[i] = batch[i].Sender.UserId;
            _keys.TypedValue[i] = batch[i].Message.ClientMessageId;
            _contents.TypedValue[i] = batch[i].Message.Content;
            _hashes.TypedValue[i] = SHA256.HashData(Encoding.UTF8.GetBytes(batch[i].Message.Content));
        }

        _insert.ExecuteNonQuery();
    }

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type) => new() { NpgsqlDbType = NpgsqlDbType.Array | type };
}
