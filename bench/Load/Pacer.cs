using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Chat.Bench.Load;

/// <summary>Sends at a fixed rate whatever the server does, members in turn. A send that leaves late is still timed from when it was due.</summary>
internal sealed partial class Pacer(LoadRun run) : IDisposable
{
    // Coprime with the number of members, so that neighbours in time are not neighbours in a conversation.
    private const int Stride = 37;

    private Thread? _thread;
    private volatile bool _stopping;

    public void Start()
    {
        _thread = new Thread(Send) { IsBackground = true, Name = "pacer" };
        _thread.Start();
    }

    public void Stop()
    {
        _stopping = true;
        _thread?.Join();
    }

    public void Dispose() => Stop();

    private void Send()
    {
        var period = Stopwatch.Frequency / run.Plan.Rate;
        var due = Stopwatch.GetTimestamp();
        for (var i = 0L; !_stopping; i++, due += period)
        {
            WaitUntil(due);
            var member = run.Members[(int)(i * Stride % run.Members.Length)];
            member.Send(due);
            member.Flush();
        }
    }

    private static void WaitUntil(long due)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.Zero)
        {
            var request = new Timespec(left.Ticks / TimeSpan.TicksPerSecond, left.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
            _ = Nanosleep(in request, 0);
        }
    }

    // The runtime's timers count in milliseconds; half of one is what is measured here.
    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Nanosleep(in Timespec request, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Timespec(long Seconds, long Nanoseconds);
}
