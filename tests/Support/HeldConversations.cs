using System.Reflection;
using System.Threading.Channels;
using Chat.Conversations;
using Orleans;
using Shouldly;

namespace Chat.Tests.Support;

/// <summary>Conversations whose sends wait until the test answers them.</summary>
internal sealed class HeldConversations
{
    private readonly Channel<HeldSend> _calls = Channel.CreateUnbounded<HeldSend>();

    public HeldConversations()
    {
        Grains = Double<IGrainFactory>(arguments => Double<IConversationGrain>(send => Hold((Guid)arguments[0]!, (SendMessage[])send[1]!)));
    }

    public IGrainFactory Grains { get; }

    public int Count { get; private set; }

    /// <summary>The next call, in the order of their coming.</summary>
    public Task<HeldSend> WaitForCall() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    private Task<Answer<Receipt>[]> Hold(Guid conversationId, SendMessage[] messages)
    {
        var send = new HeldSend(conversationId, messages);
        Count++;
        _calls.Writer.TryWrite(send).ShouldBeTrue();
        return send.Answers;
    }

    private static T Double<T>(Func<object?[], object?> answer)
        where T : class
    {
        var made = DispatchProxy.Create<T, Calling>();
        ((Calling)(object)made).Answer = answer;
        return made;
    }

    /// <summary>Public and open, because the double derives from it.</summary>
    public class Calling : DispatchProxy
    {
        internal Func<object?[], object?> Answer { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(args ?? []);
    }
}

/// <summary>One call of <see cref="IConversationGrain.Send"/>.</summary>
internal sealed class HeldSend(Guid conversationId, SendMessage[] messages)
{
    private readonly TaskCompletionSource<Answer<Receipt>[]> _answers = new();

    public Guid ConversationId { get; } = conversationId;

    public string[] Keys => Array.ConvertAll(messages, m => m.ClientMessageId);

    public Task<Answer<Receipt>[]> Answers => _answers.Task;

    public void Answer() => _answers.SetResult([.. messages.Select((_, i) => (Answer<Receipt>)new Receipt(Guid.Empty, ConversationId, i + 1, default, false, Durability.Committed))]);

    public void Fail(Exception reason) => _answers.SetException(reason);
}
