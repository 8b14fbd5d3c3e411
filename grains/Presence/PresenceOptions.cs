namespace Chat.Grains.Presence;

/// <summary>Settings under `Chat:Presence`.</summary>
public sealed class PresenceOptions
{
    public const string Section = "Chat:Presence";

    /// <summary>Grace after the last connection closed, or its frontend died, before the user is offline, in seconds. Default: 15.</summary>
    public double GraceSeconds { get; set; } = 15;

    /// <summary>Without a heartbeat for this long a connected user is away, in seconds. Default: 60.</summary>
    public double AwaySeconds { get; set; } = 60;

    /// <summary>Without activity for this long a connected user is away, in seconds. Default: 300.</summary>
    public double IdleSeconds { get; set; } = 300;

    /// <summary>A connection without a heartbeat for this long no longer makes its user present, in seconds. Default: 300.</summary>
    public double ConnectionLeaseSeconds { get; set; } = 300;

    internal string? Fault() =>
        GraceSeconds < 0 ? $"{Section}:GraceSeconds is {GraceSeconds}; it takes 0 or more."
        : AwaySeconds <= 0 ? $"{Section}:AwaySeconds is {AwaySeconds}; it takes more than 0."
        : IdleSeconds <= 0 ? $"{Section}:IdleSeconds is {IdleSeconds}; it takes more than 0."
        : ConnectionLeaseSeconds < AwaySeconds ? $"{Section}:ConnectionLeaseSeconds is {ConnectionLeaseSeconds}; it takes at least AwaySeconds ({AwaySeconds})."
        : null;
}
