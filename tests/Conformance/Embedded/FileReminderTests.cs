using Chat.Conformance.Reminders;
using Orleans.Hosting;
using Orleans.TestingHost;
using Shouldly;
using Xunit;

namespace Chat.Conformance.Embedded;

public sealed class FileReminderTests
{
    private readonly string _name = Signals.NewName();

    [Fact]
    public async Task Reminders_in_a_file_outlive_the_process()
    {
        var path = Path.Combine(Path.GetTempPath(), $"reminders-{_name}.json");
        try
        {
            await using (var before = Build(path))
            {
                await before.DeployAsync();
                await before.Client.GetGrain<IReminded>(_name).Register("one", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
                await before.Client.GetGrain<IReminded>(_name).Register("two", TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1));
                await Signals.Counted($"{_name}/two", 1);
                await before.KillSiloAsync(before.Silos[0]);
            }

            await using var after = Build(path);
            await after.DeployAsync();
            (await after.Client.GetGrain<IReminded>(_name).Names()).ShouldBe(["one", "two"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static InProcessTestCluster Build(string path)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.UseFileReminderService(path));
        return builder.Build();
    }
}
