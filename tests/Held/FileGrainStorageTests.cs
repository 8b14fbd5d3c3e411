using Chat.Conversations;
using Chat.Grains.Held;
using Chat.Grains.Storage;
using Chat.Held;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans;
using Shouldly;
using Xunit;

namespace Chat.Tests.Held;

public sealed class FileGrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("held", "a/b");

    private readonly string _folder = Directory.CreateTempSubdirectory("chat-fallback-").FullName;
    private readonly CrashingDisk _disk = new();
    private readonly Fallback _fallback;
    private readonly FileGrainStorage _crashing;
    private readonly FileGrainStorage _real;

    public FileGrainStorageTests()
    {
        var options = Options.Create(new FallbackOptions { Folder = _folder, DeadlineMs = 10_000 });
        _fallback = new Fallback(options, null);
        _crashing = new FileGrainStorage(_fallback, _disk, options, TimeProvider.System);
        _real = new FileGrainStorage(_fallback, new Disk(), options, TimeProvider.System);
    }

    public void Dispose()
    {
        _fallback.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(0, true), InlineData(0, false)]
    [InlineData(1, true), InlineData(1, false)]
    [InlineData(2, true), InlineData(2, false)]
    [InlineData(3, true), InlineData(3, false)]
    public async Task A_crash_at_any_step_leaves_the_old_state_or_the_new_one(int step, bool unsyncedNamesSurvive)
    {
        var state = State("old");
        await _crashing.WriteStateAsync("held", Grain, state);
        _disk.CrashAfter(step);
        state.State = State("new").State;
        var written = await Record.ExceptionAsync(() => _crashing.WriteStateAsync("held", Grain, state)) is null;
        _disk.PowerOn(unsyncedNamesSurvive);

        var found = await Read(_crashing);

        written.ShouldBe(step == 3);
        found.State!.Messages.ShouldHaveSingleItem().Message.ClientMessageId.ShouldBeOneOf(written ? ["new"] : ["old", "new"]);
        await _crashing.WriteStateAsync("held", Grain, found);
    }

    [Fact]
    public async Task The_content_is_synced_before_it_gets_its_name_and_the_name_before_it_counts()
    {
        await _crashing.WriteStateAsync("held", Grain, State("k"));

        _disk.Steps.ShouldBe(["write", "rename", "sync"]);
    }

    [Fact]
    public async Task What_was_written_is_read_and_what_was_cleared_is_gone()
    {
        var state = State("ä\u2028\"\0");
        await _real.WriteStateAsync("held", Grain, state);
        var found = await Read(_real);

        found.State!.Messages.ShouldBe(state.State!.Messages);
        found.RecordExists.ShouldBeTrue();
        await _real.ClearStateAsync("held", Grain, found);
        found.RecordExists.ShouldBeFalse();
        (await Read(_real)).State!.Messages.ShouldBeEmpty();
        Directory.GetFiles(_folder).Select(Path.GetFileName).ShouldBe(["lock"]);
    }

    [Fact]
    public async Task A_torn_file_that_a_crash_left_beside_the_state_is_overwritten()
    {
        var state = State("old");
        await _real.WriteStateAsync("held", Grain, state);
        var torn = Directory.GetFiles(_folder, "held.*").ShouldHaveSingleItem() + ".next";
        await File.WriteAllTextAsync(torn, "0123", TestContext.Current.CancellationToken);

        (await Read(_real)).State!.Messages.ShouldHaveSingleItem().Message.ClientMessageId.ShouldBe("old");
        state.State = State("new").State;
        await _real.WriteStateAsync("held", Grain, state);

        (await Read(_real)).State!.Messages.ShouldHaveSingleItem().Message.ClientMessageId.ShouldBe("new");
        File.Exists(torn).ShouldBeFalse();
    }

    [Fact]
    public async Task A_state_that_somebody_else_wrote_is_not_overwritten()
    {
        var one = State("one");
        await _real.WriteStateAsync("held", Grain, one);
        var other = await Read(_real);
        await _real.WriteStateAsync("held", Grain, one);

        await Should.ThrowAsync<InconsistentStateException>(() => _real.WriteStateAsync("held", Grain, other));
        await Should.ThrowAsync<InconsistentStateException>(() => _real.ClearStateAsync("held", Grain, other));
        await Should.ThrowAsync<InconsistentStateException>(() => _real.WriteStateAsync("held", Grain, State("new")));
    }

    [Fact]
    public void A_folder_belongs_to_one_process()
    {
        _fallback.Claim();
        using var second = new Fallback(Options.Create(new FallbackOptions { Folder = _folder }), null);

        Should.Throw<IOException>(() => second.Claim());
        _fallback.Dispose();
        second.Claim().ShouldBe(_folder);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_fails_at_once()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var options = Options.Create(new FallbackOptions { Folder = Path.Combine(file, "below") });
        using var fallback = new Fallback(options, null);
        var storage = new FileGrainStorage(fallback, new Disk(), options, TimeProvider.System);

        await Should.ThrowAsync<IOException>(() => storage.WriteStateAsync("held", Grain, State("k")));
    }

    private static GrainState<HeldState> State(string key) => new(new HeldState
    {
        Messages = [new HeldMessage(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Guid.Empty, new SendMessage(key, $"body of {key}"), DateTimeOffset.UnixEpoch)],
    });

    private static async Task<GrainState<HeldState>> Read(FileGrainStorage storage)
    {
        var state = new GrainState<HeldState>();
        await storage.ReadStateAsync("held", Grain, state);
        return state;
    }
}
