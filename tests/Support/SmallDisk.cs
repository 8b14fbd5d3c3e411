using System.Globalization;

namespace Chat.Tests.Support;

/// <summary>A disk that a test can fill: a file system in memory that the server's user may write to. Only root can mount one.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string directory) => Path = directory;

    public string Path { get; }

    public static bool Possible => Environment.UserName == "root";

    public static async Task<SmallDisk> Mount(int megabytes)
    {
        var disk = new SmallDisk(Directory.CreateTempSubdirectory("chat-test-disk-").FullName);
        await Shell($"mount -t tmpfs -o size={megabytes.ToString(CultureInfo.InvariantCulture)}m,mode=777 tmpfs '{disk.Path}'");
        return disk;
    }

    /// <summary>To the last block.</summary>
    public Task Fill() => Shell($"cat /dev/zero >'{Path}/filler' 2>/dev/null || true");

    public Task Grow(int megabytes) => Shell($"mount -o remount,size={megabytes.ToString(CultureInfo.InvariantCulture)}m '{Path}'");

    public async ValueTask DisposeAsync()
    {
        await Shell($"umount -l '{Path}'");
        Directory.Delete(Path);
    }

    private static Task Shell(string command) => PostgresCluster.Run("/bin/sh", "-c", command);
}
