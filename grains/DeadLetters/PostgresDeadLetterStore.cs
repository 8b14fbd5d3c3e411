using Chat.Grains.Storage;
using Npgsql;

namespace Chat.Grains.DeadLetters;

internal sealed class PostgresDeadLetterStore(PostgresGateway gateway) : IDeadLetterStore
{
    public Task Add(DeadLetter letter) => gateway.Run(async connection =>
    {
        await using var command = new NpgsqlCommand(
            "insert into dead_letters (id, conversation_id, sender_id, client_message_id, message_id, payload, reason, attempts, at) "
            + "values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
            connection)
        {
            Parameters =
            {
                new() { Value = letter.Id },
                new() { Value = letter.ConversationId },
                new() { Value = letter.SenderId },
                new() { Value = letter.ClientMessageId },
                new() { Value = letter.MessageId },
                new() { Value = letter.Payload },
                new() { Value = letter.Reason },
                new() { Value = letter.Attempts },
                new() { Value = letter.At },
            },
        };
        return await command.ExecuteNonQueryAsync();
    });
}
