namespace Chat.Silo;

/// <summary>Settings under `Chat:Silo`.</summary>
public sealed class SiloOptions
{
    public const string Section = "Chat:Silo";

    /// <summary>Where other silos reach this one; 0 takes any free port. Default: 11111.</summary>
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Where Orleans clients reach this silo; 0 takes any free port. Default: 30000.</summary>
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>Longest wait for a grain's answer, in seconds. Default: 10.</summary>
    public double ResponseTimeoutSeconds { get; set; } = 10;

    internal string? Fault() =>
        SiloPort is < 0 or > 65_535 ? $"{Section}:SiloPort is {SiloPort}; it takes 0 to 65535."
        : GatewayPort is < 0 or > 65_535 ? $"{Section}:GatewayPort is {GatewayPort}; it takes 0 to 65535."
        : ResponseTimeoutSeconds <= 0 ? $"{Section}:ResponseTimeoutSeconds is {ResponseTimeoutSeconds}; it takes more than 0."
        : null;
}
