namespace Chat.Bench.Measuring;

/// <summary>A line of /proc/PID/stat. A process that is gone has used nothing.</summary>
internal readonly record struct ProcessStat(int Parent, long Ticks, long BuriedTicks)
{
    public static ProcessStat Read(int process)
    {
        try
        {
            // The name in parentheses may hold spaces; the fields behind it are counted from 3.
            var line = File.ReadAllText($"/proc/{process}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessStat(int.Parse(fields[1]), long.Parse(fields[11]) + long.Parse(fields[12]), long.Parse(fields[13]) + long.Parse(fields[14]));
        }
        catch (IOException)
        {
            return default;
        }
    }

    public static IEnumerable<ProcessStat> ChildrenOf(int process) => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _))
        .Select(name => Read(int.Parse(name!)))
        .Where(stat => stat.Parent == process);
}
