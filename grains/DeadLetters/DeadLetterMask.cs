namespace Chat.Grains.DeadLetters;

/// <summary>A user id as somebody sees it who needs to tell users apart and not to know them.</summary>
internal static class DeadLetterMask
{
    public static string Of(Guid id) => $"*{id.ToString("N")[^4..]}";
}
