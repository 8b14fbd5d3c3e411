namespace Chat.Grains.Storage;

/// <summary>How the grains use Postgres: settings under `Chat:Storage`.</summary>
public sealed class StorageOptions
{
    public const string Section = "Chat:Storage";

    /// <summary>The longest a call to Postgres may take before it is given up as unavailable, in milliseconds. Default: 800.</summary>
    public int DeadlineMs { get; set; } = 800;

    /// <summary>The most connections this process opens to Postgres; overrides `Maximum Pool Size` of the connection string. Default: 20.</summary>
    public int MaxPoolSize { get; set; } = 20;

    internal string? Fault() =>
        DeadlineMs is < 50 or > 60_000 ? $"{Section}:DeadlineMs is {DeadlineMs}; it takes 50 to 60000."
        : MaxPoolSize is < 2 or > 1_000 ? $"{Section}:MaxPoolSize is {MaxPoolSize}; it takes 2 to 1000."
        : null;
}
