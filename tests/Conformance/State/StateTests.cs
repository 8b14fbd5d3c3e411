using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Shouldly;
using Xunit;

namespace Chat.Conformance.State;

[GenerateSerializer]
public sealed class Notes
{
    [Id(0)]
    public List<string> Lines { get; set; } = [];
}

public interface INotesGrain : IGrainWithStringKey
{
    Task Add(string line, bool write);

    Task<string[]> Read();

    Task<(bool Exists, string? Etag)> Record();

    Task Clear();

    Task SpoilThenWrite();
}

public sealed class NotesGrain([PersistentState("notes")] IPersistentState<Notes> notes, [PersistentState("spoiler")] IPersistentState<Notes> other)
    : Grain, INotesGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Signals.Count($"{this.GetPrimaryKeyString()}/activated with {notes.State.Lines.Count}");
        return Task.CompletedTask;
    }

    public async Task Add(string line, bool write)
    {
        notes.State.Lines.Add(line);
        if (write)
        {
            await notes.WriteStateAsync();
        }
    }

    public Task<string[]> Read() => Task.FromResult(notes.State.Lines.ToArray());

    public Task<(bool Exists, string? Etag)> Record() => Task.FromResult((notes.RecordExists, notes.Etag));

    public Task Clear() => notes.ClearStateAsync();

    /// <summary>Somebody else writes the row behind this activation's back.</summary>
    public async Task SpoilThenWrite()
    {
        _ = other;
        var storage = (IGrainStorage)ServiceProvider.GetService(typeof(IGrainStorage))!;
        var stale = new GrainState<Notes>();
        await storage.ReadStateAsync("notes", this.GetGrainId(), stale);
        stale.State!.Lines.Add("behind");
        await storage.WriteStateAsync("notes", this.GetGrainId(), stale);
        notes.State.Lines.Add("lost");
        await notes.WriteStateAsync();
    }
}

public sealed class StateTests(ConformanceCluster fixture)
{
    private readonly string _name = Signals.NewName();

    private INotesGrain Grain => fixture.Client.GetGrain<INotesGrain>(_name);

    [Fact]
    public async Task State_is_there_when_the_grain_is_activated_again()
    {
        await Grain.Add("kept", write: true);
        await Grain.Add("not written", write: false);
        await fixture.Cluster.DeactivateAsync(Grain);
        (await Grain.Read()).ShouldBe(["kept"]);
        Signals.CountOf($"{_name}/activated with 1").ShouldBe(1);
    }

    [Fact]
    public async Task A_record_exists_from_its_first_write_and_its_etag_changes_with_each()
    {
        var before = await Grain.Record();
        before.Exists.ShouldBeFalse();
        before.Etag.ShouldBeNull();
        await Grain.Add("one", write: true);
        var first = await Grain.Record();
        first.Exists.ShouldBeTrue();
        first.Etag.ShouldNotBeNull();
        await Grain.Add("two", write: true);
        (await Grain.Record()).Etag.ShouldNotBe(first.Etag);
    }

    [Fact]
    public async Task A_cleared_state_is_new_and_does_not_exist()
    {
        await Grain.Add("one", write: true);
        await Grain.Clear();
        (await Grain.Read()).ShouldBeEmpty();
        (await Grain.Record()).Exists.ShouldBeFalse();
        await Grain.Add("again", write: true);
        (await Grain.Read()).ShouldBe(["again"]);
    }

    [Fact]
    public async Task A_stale_write_fails_and_the_grain_reads_anew()
    {
        await Grain.Add("one", write: true);
        await Should.ThrowAsync<InconsistentStateException>(() => Grain.SpoilThenWrite());
        (await Grain.Read()).ShouldBe(["one", "behind"]);
    }
}
