namespace Chat.Grains.Storage;

/// <summary>The steps of which a durable file is made. Each is on the disk only once something after it is synced.</summary>
internal interface IDisk
{
    /// <summary>Null when there is no such file.</summary>
    Stream? OpenRead(string path);

    /// <summary>Writes a new file and syncs its content.</summary>
    void Write(string path, ReadOnlySpan<byte> content);

    /// <summary>The new name shows the new content or the old one, never a part of either.</summary>
    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>Names that were changed before are kept from here on.</summary>
    void SyncFolder(string folder);
}
