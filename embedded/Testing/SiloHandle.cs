using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Activations;
using Orleans.Runtime;

namespace Orleans.TestingHost;

public abstract class SiloHandle
{
    public abstract SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress => SiloAddress;

    public abstract string Name { get; }

    public short InstanceNumber => 0;

    public abstract bool IsActive { get; }

    public abstract Task StopSiloAsync(bool stopGracefully);
}

public sealed class InProcessSiloHandle : SiloHandle
{
    internal InProcessSiloHandle(IHost host, string name)
    {
        SiloHost = host;
        Name = name;
        Silo = host.Services.GetRequiredService<Silo>();
        SiloAddress = host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
    }

    public IHost SiloHost { get; }

    public IServiceProvider ServiceProvider => SiloHost.Services;

    public override SiloAddress SiloAddress { get; }

    public override string Name { get; }

    public override bool IsActive => Silo.IsRunning;

    internal Silo Silo { get; }

    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (stopGracefully)
        {
            await SiloHost.StopAsync();
        }
        else
        {
            Silo.Kill();
            await SiloHost.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ((IAsyncDisposable)SiloHost).DisposeAsync();
    }
}
