using System.Threading.Channels;
using Chat.Grains.Held;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

public sealed class GroupWriteTests
{
    private readonly Channel<TaskCompletionSource> _writes = Channel.CreateUnbounded<TaskCompletionSource>();
    private readonly GroupWrite _group;

    public GroupWriteTests() => _group = new GroupWrite(() =>
    {
        var write = new TaskCompletionSource();
        _writes.Writer.TryWrite(write);
        return write.Task;
    });

    [Fact]
    public async Task Who_comes_during_a_write_shares_the_next_one()
    {
        var first = _group.Join();
        var others = new[] { _group.Join(), _group.Join() };
        (await NextWrite()).SetResult();
        await first;

        var second = await NextWrite();
        others.ShouldAllBe(o => !o.IsCompleted);
        second.SetResult();
        await Task.WhenAll(others);

        _writes.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_write_that_fails_fails_for_its_callers_alone()
    {
        var first = _group.Join();
        var second = _group.Join();

        (await NextWrite()).SetException(new IOException());
        await Should.ThrowAsync<IOException>(() => first);
        (await NextWrite()).SetResult();
        await second;
    }

    private async Task<TaskCompletionSource> NextWrite() =>
        await _writes.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
}
