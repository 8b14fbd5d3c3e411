namespace Chat.Grains.DeadLetters;

/// <summary>Rises once when there are more than a threshold, and falls once when there are not any more.</summary>
internal sealed class DepthAlarm(long threshold)
{
    private bool _isUp;

    /// <returns>True when it rises, false when it falls, null when nothing changes.</returns>
    public bool? Note(long depth)
    {
        if (depth > threshold == _isUp)
        {
            return null;
        }

        _isUp = !_isUp;
        return _isUp;
    }
}
