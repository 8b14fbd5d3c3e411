namespace Chat.Grains.Storage;

/// <summary>How the grains use Postgres. Section `Chat:Storage`.</summary>
public sealed class StorageOptions
{
    public const string Section = "Chat:Storage";

    /// <summary>The longest a call to Postgres may take before it is given up as unavailable, in milliseconds. Default 800.</summary>
    public int DeadlineMs { get; set; } = 800;

    /// <summary>The most connections this process opens to Postgres; overrides `Maximum Pool Size` of the connection string. Default 20.</summary>
    public int MaxPoolSize { get; set; } = 20;
}
