using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Chat.Tests.Support;

/// <summary>The product as its users meet it: the one process, on a free port, in memory unless the environment says otherwise.</summary>
public class ChatServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _output = [];
    private readonly List<(string Text, TaskCompletionSource Said)> _awaited = [];
    private Process? _process;

    /// <summary>What this server is started with, beside a free port.</summary>
    protected virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public Uri Url { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public Process Process => _process!;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public static Process Launch(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Chat.Api.dll")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var settings = new Dictionary<string, string>(environment, StringComparer.Ordinal);
        settings.TryAdd("ASPNETCORE_URLS", "http://127.0.0.1:0");
        settings.TryAdd("Chat__Silo__SiloPort", "0");
        settings.TryAdd("Chat__Silo__GatewayPort", "0");

        // Servers that run at the same time must not share what they hold; who tests holding names a folder.
        settings.TryAdd("Chat__Fallback__Folder", "");
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public async ValueTask InitializeAsync()
    {
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Launch(Environment);
        _process.OutputDataReceived += (_, line) => Read(line.Data, listening);
        _process.ErrorDataReceived += (_, line) => Read(line.Data, listening);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var first = await Task.WhenAny(listening.Task, _process.WaitForExitAsync()).WaitAsync(Patience);
        Url = first == listening.Task ? new Uri(await listening.Task) : throw new InvalidOperationException($"The server did not start:\n{Output}");
        Http.BaseAddress = Url;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        await Process.WaitForExitAsync();
        Process.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>SIGTERM, as every supervisor sends it.</summary>
    public void Terminate() => Process.Start("kill", ["-TERM", $"{Process.Id}"]).WaitForExit();

    /// <summary>Completes when the server has printed this.</summary>
    public Task WaitForOutput(string text)
    {
        lock (_output)
        {
            var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, said));
            _output.ForEach(Compare);
            return said.Task.WaitAsync(Patience);
        }
    }

    /// <summary>A new person with an access token.</summary>
    public async Task<Person> Register()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var name = $"p{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6))}";
            using var answer = await Http.PostAsJsonAsync("/api/auth/register", new { email = $"{name}@example.org", username = name, password = "correct horse battery" });
            if (answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable && patience.Elapsed < Patience)
            {
                // A busy machine: every client comes back, and whether the first one was made is not known.
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), TimeProvider.System);
                continue;
            }

            var body = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            return new Person(body.GetProperty("user").GetProperty("id").GetGuid(), name, body.GetProperty("accessToken").GetString()!, Http);
        }
    }

    /// <summary>Connected, and known to presence: the first answer comes after that.</summary>
    public async Task<HubClient> Connect(Person person, string? origin = null)
    {
        var client = await HubClient.Open(Url, person.Token, origin);
        await client.Handshake();
        await client.Invoke("Heartbeat", new { active = true });
        return client;
    }

    private void Compare(string line) => _awaited.Where(a => line.Contains(a.Text, StringComparison.Ordinal)).ToList().ForEach(a => a.Said.TrySetResult());

    private void Read(string? line, TaskCompletionSource<string> listening)
    {
        lock (_output)
        {
            _output.Add(line ?? "");
            Compare(line ?? "");
        }

        if (line?.TrimStart() is { } text && text.StartsWith("url ", StringComparison.Ordinal))
        {
            listening.TrySetResult(text["url".Length..].Trim());
        }
    }
}

/// <summary>Somebody who is signed in.</summary>
public sealed record Person(Guid Id, string Username, string Token, HttpClient Http)
{
    public async Task<(int Status, JsonElement Body)> Call(string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Content = body switch
        {
            null => null,
            string json => new StringContent(json, null, "application/json"),
            _ => JsonContent.Create(body),
        };
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>The direct conversation with somebody.</summary>
    public async Task<Guid> Chat(Person other)
    {
        var (status, body) = await Call("POST", "/api/conversations", new { type = "direct", participantIds = new[] { other.Id } });
        if (status == 503)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(body.GetProperty("retryAfterMs").GetInt32()), TimeProvider.System);
            (_, body) = await Call("POST", "/api/conversations", new { type = "direct", participantIds = new[] { other.Id } });
        }

        return body.TryGetProperty("id", out var id) ? id.GetGuid() : throw new InvalidOperationException($"{body}");
    }
}
