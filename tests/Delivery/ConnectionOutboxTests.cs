using System.Text;
using Chat.Api.Delivery;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Delivery;

public sealed class ConnectionOutboxTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void What_is_added_before_a_flush_is_written_in_its_order()
    {
        var client = new PipeConnection(pauseAt: 65_536);
        var outbox = Outbox(client, new ClientConnectionOptions());
        foreach (var name in new[] { "a", "b", "c" })
        {
            outbox.TryAdd(Frame(name)).ShouldBeTrue();
        }

        client.Read().ShouldBeEmpty();
        outbox.Flush();
        client.Read().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_socket_that_does_not_drain_fills_its_outbox_and_what_fits_arrives_in_order()
    {
        var client = new PipeConnection(pauseAt: 10);
        var outbox = Outbox(client, new ClientConnectionOptions { MaxWaitingEvents = 3 });
        Add(outbox, "0123456789").ShouldBeTrue();
        Add(outbox, "1").ShouldBeTrue();
        Add(outbox, "2").ShouldBeTrue();
        Add(outbox, "3").ShouldBeTrue();
        Add(outbox, "4").ShouldBeFalse("three wait");

        (await client.ReadSome()).ShouldBe(["0123456789"]);
        (await client.ReadSome()).ShouldBe(["1", "2", "3"]);
        Add(outbox, "5").ShouldBeTrue();
        (await client.ReadSome()).ShouldBe(["5"]);
    }

    [Fact]
    public void Bytes_that_wait_are_bounded_too()
    {
        var client = new PipeConnection(pauseAt: 10);
        var outbox = Outbox(client, new ClientConnectionOptions { MaxWaitingBytes = 20 });
        Add(outbox, "0123456789").ShouldBeTrue("it is with the socket");
        Add(outbox, "0123456789").ShouldBeTrue();
        Add(outbox, "0123456789").ShouldBeFalse();
        Add(outbox, "01234567").ShouldBeTrue();
    }

    [Fact]
    public async Task A_slow_consumer_that_drains_in_time_hears_why_it_is_closed()
    {
        var client = new PipeConnection(pauseAt: 10);
        var outbox = Outbox(client, new ClientConnectionOptions());
        Add(outbox, "0123456789");
        Add(outbox, "waits");

        var closing = outbox.Close(Frame("bye"), dropWaiting: true);

        closing.IsCompleted.ShouldBeFalse();
        client.Hub.ConnectionAborted.IsCancellationRequested.ShouldBeFalse();
        (await client.ReadSome()).ShouldBe(["0123456789"]);
        (await client.ReadSome()).ShouldBe(["bye"]);
        (await closing).ShouldBeTrue();
        await Aborted(client);
    }

    [Fact]
    public async Task A_slow_consumer_that_does_not_drain_is_cut_off_after_the_grace()
    {
        var client = new PipeConnection(pauseAt: 10);
        var outbox = Outbox(client, new ClientConnectionOptions { ClosingGraceMs = 1_000 });
        Add(outbox, "0123456789");
        var closing = outbox.Close(Frame("bye"), dropWaiting: true);

        _time.Advance(TimeSpan.FromMilliseconds(999));
        closing.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await closing).ShouldBeTrue();
        await Aborted(client);
    }

    [Fact]
    public async Task A_connection_is_closed_once_and_takes_nothing_afterwards()
    {
        var client = new PipeConnection(pauseAt: 65_536);
        var outbox = Outbox(client, new ClientConnectionOptions());
        Add(outbox, "a");
        (await outbox.Close(Frame("bye"), dropWaiting: false)).ShouldBeTrue();
        (await outbox.Close(Frame("again"), dropWaiting: false)).ShouldBeFalse();
        Add(outbox, "b").ShouldBeFalse();
        client.Read().ShouldBe(["a", "bye"]);
    }

    private ConnectionOutbox Outbox(PipeConnection client, ClientConnectionOptions options) => new(client.Hub, options, _time);

    private static bool Add(ConnectionOutbox outbox, string text)
    {
        var added = outbox.TryAdd(Frame(text));
        outbox.Flush();
        return added;
    }

    private static EventFrame Frame(string text) => new(Encoding.UTF8.GetBytes(text + '\u001e'));

    private static async Task Aborted(PipeConnection client)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = client.Hub.ConnectionAborted.Register(aborted.SetResult);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
