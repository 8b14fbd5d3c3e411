using Chat.Accounts;

namespace Chat.Api.Auth;

/// <summary>Signing keys in a file that only its owner may read.</summary>
internal static class SigningKeyFile
{
    /// <summary>Null when the file holds anything but keys. Made, with one new key, when there is none.</summary>
    public static SigningKey[]? Open(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        return SigningKeyText.Parse(File.ReadLines(path));
    }

    private static void Create(string path)
    {
        var draft = $"{path}.{Environment.ProcessId}";
        var settings = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            settings.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(draft, settings))
        {
            writer.WriteLine(SigningKeyText.Format(SigningKeyText.Create()));
        }

        try
        {
            File.Move(draft, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first: its key is the one.
            File.Delete(draft);
        }
    }
}
