using System.IO.Compression;
using System.Text;
using Chat.Grains.Storage;

namespace Chat.Grains.Retention;

/// <summary>The archive cannot take what should be deleted: so it stays.</summary>
internal sealed class ArchiveFailedException(Exception inner) : Exception($"The archive could not be written: {inner.Message}", inner);

/// <summary>Files of JSON lines, gzipped. A file is there under its name only when all of it is on the disk.</summary>
internal sealed class RetentionArchive(string folder)
{
    private const string Unfinished = ".partial";

    public static string NameOf(Guid runId, int number) => $"{runId}-{number:D6}.jsonl.gz";

    /// <summary>Makes the file with what <paramref name="fill"/> writes into it; whatever that throws leaves no file.</summary>
    public async Task<T> Write<T>(string name, Func<TextWriter, Task<T>> fill)
    {
        var path = Path.Combine(folder, name);
        try
        {
            T filled;
            await using (var file = new FileStream(path + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await using (var zip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
                await using (var writer = new StreamWriter(zip, new UTF8Encoding(false)) { NewLine = "\n" })
                {
                    filled = await fill(writer);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(path + Unfinished, path, overwrite: false);
            // Or else a power cut could take the new name back after Postgres has deleted the rows.
            new Disk().SyncFolder(folder);
            return filled;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Discard(path + Unfinished);
            throw new ArchiveFailedException(e);
        }
    }

    /// <summary>What runs that were killed left unfinished; its entries are still in their logs.</summary>
    public void DiscardUnfinished()
    {
        if (Directory.Exists(folder))
        {
            Array.ForEach(Directory.GetFiles(folder, "*" + Unfinished), Discard);
        }
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has no finished name: nobody takes it for an archive.
        }
    }
}
