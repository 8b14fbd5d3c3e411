using Chat.Conversations;
using Chat.Delivery;
using Orleans;
using Orleans.Runtime;

namespace Chat.Grains.Conversations;

/// <summary>Typing: never stored, ends by itself.</summary>
internal sealed partial class ConversationGrain
{
    private readonly TypingMembers _typing = new(TimeSpan.FromSeconds(options.Value.TypingSeconds));
    private IGrainTimer? _typingTimer;

    public async Task<Answer<Done>> SetTyping(Guid userId, bool isTyping)
    {
        if (await Enter(userId) is { } refusal)
        {
            return refusal;
        }

        if (_typing.Set(userId, isTyping, time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, isTyping));
        }

        var second = TimeSpan.FromSeconds(1);
        _typingTimer ??= this.RegisterGrainTimer(ExpireTyping, new GrainTimerCreationOptions(second, second));
        return Done.Instance;
    }

    private void StopTyping(Guid userId)
    {
        if (_typing.Any && _typing.Set(userId, isTyping: false, time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, IsTyping: false));
        }
    }

    private Task ExpireTyping()
    {
        foreach (var userId in _typing.Expire(time.GetUtcNow()))
        {
            Publish(new TypingChanged(Id, userId, IsTyping: false));
        }

        if (!_typing.Any)
        {
            _typingTimer?.Dispose();
            _typingTimer = null;
        }

        return Task.CompletedTask;
    }
}
