using System.Diagnostics;

namespace Chat.Bench.Compare;

/// <summary>A server that can be put under the load: the product or the baseline.</summary>
internal interface ITarget
{
    string Name { get; }

    ProcessStartInfo StartInfo(int port, string connectionString);

    /// <summary>Makes the users and their conversations on a server that listens.</summary>
    Task<Cast> Prepare(int port);
}
