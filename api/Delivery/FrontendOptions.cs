namespace Chat.Api.Delivery;

/// <summary>Settings under `Chat:Frontend`.</summary>
public sealed class FrontendOptions
{
    public const string Section = "Chat:Frontend";

    /// <summary>The first part of this frontend's id; the rest is random at every start. Default: the machine's name.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>How often the lease is renewed, in milliseconds. Default: 5,000.</summary>
    public int RenewMs { get; set; } = 5_000;

    /// <summary>Without a renewal for this long the lease counts as lost, in milliseconds; shorter than the lease itself. Default: 12,000.</summary>
    public int LeaseLostMs { get; set; } = 12_000;

    /// <summary>Without a word from a silo for this long its events count as lost, in milliseconds. Default: 6,000.</summary>
    public int SilenceMs { get; set; } = 6_000;

    /// <summary>After losses clients are told to sync within this time, each at random, in milliseconds. Default: 2,000.</summary>
    public int SyncSpreadMs { get; set; } = 2_000;

    internal string? Fault() =>
        Name.Length is 0 or > 100 ? $"{Section}:Name has {Name.Length} characters; it takes 1 to 100."
        : RenewMs < 10 ? $"{Section}:RenewMs is {RenewMs}; it takes 10 or more."
        : LeaseLostMs <= RenewMs ? $"{Section}:LeaseLostMs is {LeaseLostMs}; it takes more than RenewMs."
        : SilenceMs < 10 ? $"{Section}:SilenceMs is {SilenceMs}; it takes 10 or more."
        : SyncSpreadMs < 0 ? $"{Section}:SyncSpreadMs is {SyncSpreadMs}; it takes 0 or more."
        : null;
}
