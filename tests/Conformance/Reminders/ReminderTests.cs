using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Reminders;

public interface IReminded : IGrainWithStringKey
{
    Task Register(string reminder, TimeSpan due, TimeSpan period);

    Task Unregister(string reminder);

    Task<string[]> Names();

    Task<bool> Has(string reminder);
}

public sealed class RemindedGrain : Grain, IReminded, IRemindable
{
    public Task Register(string reminder, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(reminder, due, period);

    public async Task Unregister(string reminder) => await this.UnregisterReminder((await this.GetReminder(reminder))!);

    public async Task<string[]> Names() => (await this.GetReminders()).Select(each => each.ReminderName).Order(StringComparer.Ordinal).ToArray();

    public async Task<bool> Has(string reminder) => await this.GetReminder(reminder) is not null;

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Signals.Count($"{this.GetPrimaryKeyString()}/{reminderName}");
        return Task.CompletedTask;
    }
}

public sealed class ReminderTests(ConformanceCluster fixture)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(150);
    private readonly string _name = Signals.NewName();

    private IReminded Grain => fixture.Client.GetGrain<IReminded>(_name);

    [Fact]
    public async Task A_reminder_wakes_its_grain_again_and_again()
    {
        await Grain.Register("wake", Soon, Often);
        await fixture.Cluster.DeactivateAsync(Grain);
        await Signals.Counted($"{_name}/wake", 2);
        await Grain.Unregister("wake");
    }

    [Fact]
    public async Task Reminders_are_listed_until_they_are_unregistered()
    {
        await Grain.Register("one", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await Grain.Register("two", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        (await Grain.Names()).ShouldBe(["one", "two"]);
        await Grain.Unregister("one");
        (await Grain.Names()).ShouldBe(["two"]);
        (await Grain.Has("one")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_period_below_the_minimum_is_refused() =>
        await Should.ThrowAsync<ArgumentException>(() => Grain.Register("fast", Soon, TimeSpan.FromMilliseconds(1)));

    [Fact]
    public async Task A_reminder_outlives_its_silo()
    {
        var table = new SharedReminderTable();
        await using var cluster = ConformanceCluster.Build(silo => silo.Services.AddSingleton<IReminderTable>(table));
        await cluster.DeployAsync();
        await cluster.Client.GetGrain<IReminded>(_name).Register("over", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await ConformanceCluster.Restart(cluster);
        (await cluster.Client.GetGrain<IReminded>(_name).Names()).ShouldBe(["over"]);
        await cluster.Client.GetGrain<IReminded>(_name).Register("over", Soon, Often);
        await ConformanceCluster.Restart(cluster);
        var before = Signals.CountOf($"{_name}/over");
        await Signals.Counted($"{_name}/over", before + 1);
    }
}
