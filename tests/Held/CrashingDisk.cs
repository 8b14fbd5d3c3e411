using Chat.Grains.Held;
using Chat.Grains.Storage;

namespace Chat.Tests.Held;

/// <summary>A disk that loses power at a step: what was being written is torn, and names that were not synced are there or not, as it happens.</summary>
internal sealed class CrashingDisk : IDisk
{
    private Dictionary<string, byte[]> _seen = new(StringComparer.Ordinal);
    private Dictionary<string, byte[]> _synced = new(StringComparer.Ordinal);
    private int _stepsLeft = int.MaxValue;

    public List<string> Steps { get; } = [];

    public void CrashAfter(int steps) => _stepsLeft = steps;

    public void PowerOn(bool unsyncedNamesSurvive)
    {
        _seen = unsyncedNamesSurvive ? _seen : new Dictionary<string, byte[]>(_synced, StringComparer.Ordinal);
        _stepsLeft = int.MaxValue;
    }

    public Stream? OpenRead(string path) => _seen.TryGetValue(path, out var content) ? new MemoryStream(content) : null;

    public void Write(string path, ReadOnlySpan<byte> content)
    {
        _seen[path] = content[..(content.Length / 2)].ToArray();
        Step("write");
        _seen[path] = content.ToArray();
    }

    public void Rename(string from, string to)
    {
        Step("rename");
        _seen[to] = _seen[from];
        _seen.Remove(from);
    }

    public void Delete(string path)
    {
        Step("delete");
        _seen.Remove(path);
    }

    public void SyncFolder(string folder)
    {
        Step("sync");
        _synced = new Dictionary<string, byte[]>(_seen, StringComparer.Ordinal);
    }

    private void Step(string name)
    {
        if (_stepsLeft-- == 0)
        {
            throw new IOException("The power is gone.");
        }

        Steps.Add(name);
    }
}
