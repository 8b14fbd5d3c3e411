namespace Chat.Grains.Retention;

/// <summary>The counts of a run as they grow.</summary>
internal sealed class RetentionTally
{
    public long LogRows { get; set; }

    public long DueRows { get; set; }

    public long Conversations { get; set; }

    public long HeldConversations { get; set; }

    public long ArchivedRows { get; set; }

    public int ArchiveFiles { get; set; }

    public long DeletedRows { get; set; }

    public long PurgedContents { get; set; }
}
