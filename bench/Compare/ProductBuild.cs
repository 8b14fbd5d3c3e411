using System.Diagnostics;

namespace Chat.Bench.Compare;

/// <summary>Builds the one-process server in Release and says where it is.</summary>
internal static class ProductBuild
{
    public static async Task<string> Run(string engine)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "build", "api", "-c", "Release", "-v", "q", "-nologo", "-t:Restore,Build", "-getProperty:TargetPath" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment = { ["ChatEngine"] = engine },
        };

        using var build = Process.Start(start)!;
        var output = (await build.StandardOutput.ReadToEndAsync()).Trim();
        await build.WaitForExitAsync();
        return build.ExitCode == 0 ? output : throw new BenchException($"The product does not build:\n{output}");
    }
}
