using Microsoft.Extensions.Options;

namespace Chat.Grains.Held;

/// <summary>The folder in which messages are held. One process owns it, by a lock that ends with the process: two would write over each other.</summary>
internal sealed class Fallback(IOptions<FallbackOptions> options, string? defaultFolder) : IDisposable
{
    /// <summary>The grain storage of that name.</summary>
    public const string Storage = "fallback";

    private readonly Lock _gate = new();
    private FileStream? _claim;

    /// <summary>Null when nothing is ever held.</summary>
    public string? Folder { get; } = (options.Value.Folder ?? defaultFolder) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    public bool IsConfigured => Folder is not null;

    /// <exception cref="IOException">It belongs to another process, or cannot be written.</exception>
    public string Claim()
    {
        var folder = Folder ?? throw new InvalidOperationException($"{FallbackOptions.Section}:Folder names no folder.");
        lock (_gate)
        {
            if (_claim is null || !Directory.Exists(folder))
            {
                _claim?.Dispose();
                _claim = null;
                Directory.CreateDirectory(folder);
                _claim = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
        }

        return folder;
    }

    public void Dispose() => _claim?.Dispose();
}
