using Chat.Conversations;

namespace Chat.Api.Endpoints;

// What clients send over REST.

public sealed record OpenConversationRequest(ConversationType Type, Guid[]? ParticipantIds = null, string? Name = null, Guid? BusinessId = null);

public sealed record RenameRequest(string Name);

public sealed record AddMembersRequest(Guid[] UserIds);

public sealed record ChangeRoleRequest(MemberRole Role);

public sealed record PostMessageRequest(string ClientMessageId, string Content, string? Type = null, long? ReplyTo = null)
{
    internal SendMessage ToMessage() => new(ClientMessageId, Content, Type, ReplyTo);

    public override string ToString() => nameof(PostMessageRequest);
}

public sealed record RedriveRequest(Guid[] Ids);

public sealed record DiscardRequest(string Reason);

public sealed record PostReadRequest(long Sequence);

public sealed record RunRetentionRequest(bool DryRun, bool Force = false, string? Reason = null);

public sealed record HoldRequest(string Reason);
