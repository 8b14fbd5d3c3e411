using System.Security.Cryptography;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Reminders;

/// <summary>Reminders until the process ends.</summary>
internal class MemoryReminderTable : IReminderTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), ReminderEntry> _rows = [];

    public virtual Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<ReminderTableData> ReadRows(GrainId grainId) => Task.FromResult(new ReminderTableData(Rows().Where(row => row.GrainId == grainId)));

    /// <summary>One silo owns the whole ring.</summary>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Task.FromResult(new ReminderTableData(Rows()));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        Task.FromResult(Rows().Find(row => row.GrainId == grainId && string.Equals(row.ReminderName, reminderName, StringComparison.Ordinal)));

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        var row = Clone(entry);
        row.ETag = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        lock (_gate)
        {
            _rows[(row.GrainId, row.ReminderName)] = row;
            Save(_rows.Values);
        }

        return Task.FromResult<string?>(row.ETag);
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        lock (_gate)
        {
            var found = _rows.TryGetValue((grainId, reminderName), out var row) && string.Equals(row.ETag, eTag, StringComparison.Ordinal);
            if (found)
            {
                _rows.Remove((grainId, reminderName));
                Save(_rows.Values);
            }

            return Task.FromResult(found);
        }
    }

    public Task TestOnlyClearTable()
    {
        lock (_gate)
        {
            _rows.Clear();
            Save(_rows.Values);
        }

        return Task.CompletedTask;
    }

    protected virtual void Save(IReadOnlyCollection<ReminderEntry> rows)
    {
    }

    protected void Load(IEnumerable<ReminderEntry> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                _rows[(row.GrainId, row.ReminderName)] = row;
            }
        }
    }

    private static ReminderEntry Clone(ReminderEntry row) =>
        new() { GrainId = row.GrainId, ReminderName = row.ReminderName, StartAt = row.StartAt, Period = row.Period, ETag = row.ETag };

    private List<ReminderEntry> Rows()
    {
        lock (_gate)
        {
            return _rows.Values.Select(Clone).ToList();
        }
    }
}

/// <summary>Reminders in one file, written anew and renamed into place at each change: they are few.</summary>
internal sealed class FileReminderTable(string path) : MemoryReminderTable
{
    public override Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (File.Exists(path))
        {
            var rows = JsonSerializer.Deserialize<Row[]>(File.ReadAllBytes(path)) ?? [];
            Load(rows.Select(row => new ReminderEntry
            {
                GrainId = GrainId.Parse(row.Grain), ReminderName = row.Name, StartAt = row.StartAt, Period = row.Period, ETag = row.ETag,
            }));
        }

        return Task.CompletedTask;
    }

    protected override void Save(IReadOnlyCollection<ReminderEntry> rows)
    {
        var next = path + ".next";
        using (var file = File.Create(next))
        {
            JsonSerializer.Serialize(file, rows.Select(row => new Row(row.GrainId.ToString(), row.ReminderName, row.StartAt, row.Period, row.ETag)));
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private sealed record Row(string Grain, string Name, DateTime StartAt, TimeSpan Period, string? ETag);
}
