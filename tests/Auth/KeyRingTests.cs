using Chat.Accounts;
using Chat.Api.Auth;
using Chat.Tests.Support;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

public sealed class KeyRingTests
{
    private readonly ManualTime _time = new();
    private readonly ScriptedKeys _source = new();

    [Fact]
    public async Task Keys_are_asked_for_once_in_a_while()
    {
        using var ring = new KeyRing(_source, _time);

        await ring.Get();
        await ring.Get();
        _source.Loads.ShouldBe(1);

        _time.Advance(TimeSpan.FromMinutes(5));
        await ring.Get();
        _source.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_that_name_unknown_keys_cost_one_question_in_ten_seconds()
    {
        using var ring = new KeyRing(_source, _time);
        await ring.Get();

        _time.Advance(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 1000; i++)
        {
            await ring.Renew();
        }

        _source.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task Who_has_keys_keeps_them_through_an_outage()
    {
        using var ring = new KeyRing(_source, _time);
        await ring.Get();

        _source.Down = true;
        _time.Advance(TimeSpan.FromHours(1));

        (await ring.Get()).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_has_none_asks_again_after_a_second()
    {
        using var ring = new KeyRing(_source, _time);
        _source.Down = true;
        (await ring.Get()).Refusal!.Code.ShouldBe(RefusalCode.Unavailable);
        (await ring.Get()).Ok.ShouldBeFalse();
        _source.Loads.ShouldBe(1);

        _source.Down = false;
        _time.Advance(TimeSpan.FromSeconds(1));

        (await ring.Get()).Ok.ShouldBeTrue();
    }

    private sealed class ScriptedKeys : ISigningKeySource
    {
        public bool Down { get; set; }

        public int Loads { get; private set; }

        public Task<Answer<SigningKey[]>> Load()
        {
            Loads++;
            return Task.FromResult<Answer<SigningKey[]>>(Down ? Refusal.Unavailable("Down.", 1000) : new[] { new SigningKey("one", new byte[32]) });
        }
    }
}
