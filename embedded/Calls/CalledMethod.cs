using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Calls;

/// <summary>What the engine knows of an interface's method.</summary>
internal sealed class CalledMethod
{
    public CalledMethod(MethodInfo info)
    {
        Info = info;
        Name = info.Name;
        InterfaceName = info.DeclaringType!.FullName ?? info.DeclaringType.Name;
        AlwaysInterleave = info.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = info.IsDefined(typeof(ReadOnlyAttribute));
        OneWay = info.IsDefined(typeof(OneWayAttribute));
        Timeout = info.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        var parameters = info.GetParameters();
        ArgumentCount = parameters.Length;
        TokenIndex = Array.FindIndex(parameters, parameter => parameter.ParameterType == typeof(CancellationToken));
    }

    public MethodInfo Info { get; }

    public string Name { get; }

    public string InterfaceName { get; }

    public bool AlwaysInterleave { get; }

    public bool ReadOnly { get; }

    public bool OneWay { get; }

    public TimeSpan? Timeout { get; }

    public int ArgumentCount { get; }

    public int TokenIndex { get; }
}
