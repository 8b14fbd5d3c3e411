using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Chat.Bench.Load;

namespace Chat.Bench.Compare;

/// <summary>The real server, grains and API in one process, prepared over its public interface.</summary>
internal sealed class ProductTarget(string assembly) : ITarget
{
    // Hashing 200 passwords is not what is measured here.
    private const string PasswordIterations = "1000";

    public string Name => "product";

    public ProcessStartInfo StartInfo(int port, string connectionString) => new("dotnet")
    {
        ArgumentList = { assembly },
        WorkingDirectory = Path.GetDirectoryName(assembly),
        Environment =
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ConnectionStrings__Postgres"] = connectionString,
            ["Chat__Auth__PasswordIterations"] = PasswordIterations,

            // It belongs to the database, which is a new one each time.
            ["Chat__Fallback__Folder"] = Directory.CreateTempSubdirectory("chat-bench-").FullName,
        },
    };

    public async Task<Cast> Prepare(int port)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/"), Timeout = TimeSpan.FromSeconds(30) };
        var users = new PlannedUser[Cast.Size];
        await Parallel.ForAsync(0, Cast.Size, FourAtOnce, async (i, stop) => users[i] = await Register(http, i, stop));

        var places = Cast.Places.ToArray();
        var pairs = new PlannedPair[places.Length];
        await Parallel.ForAsync(0, places.Length, FourAtOnce, async (i, stop) =>
        {
            var (first, second) = places[i];
            pairs[i] = new PlannedPair(await Open(http, users[first], users[second], stop), first, second);
        });
        return new Cast(users, pairs);
    }

    private static ParallelOptions FourAtOnce { get; } = new() { MaxDegreeOfParallelism = 4 };

    private static async Task<PlannedUser> Register(HttpClient http, int number, CancellationToken stop)
    {
        var name = $"bench{number:D3}";
        var password = $"correct horse {name} battery";
        var body = new { email = $"{name}@example.com", username = name, password };
        // A conflict: it was done, and the answer was lost.
        var registered = await Post<Registered>(http, "auth/register", body, null, stop)
            ?? await Post<Registered>(http, "auth/login", new { login = name, password }, null, stop);
        return new PlannedUser(registered!.User.Id, registered.AccessToken);
    }

    private static async Task<Guid> Open(HttpClient http, PlannedUser first, PlannedUser second, CancellationToken stop)
    {
        var body = new { type = "direct", participantIds = new[] { second.Id } };
        return (await Post<Opened>(http, "conversations", body, first.Token, stop))!.Id;
    }

    /// <summary>Null when it conflicts with what is there. A server that asks to come back later is asked again.</summary>
    private static async Task<T?> Post<T>(HttpClient http, string path, object body, string? token, CancellationToken stop)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, stop);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadFromJsonAsync<T>(stop);
            }

            switch (response.StatusCode)
            {
                case HttpStatusCode.Conflict:
                    return null;
                case HttpStatusCode.ServiceUnavailable when attempt < 10:
                    await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), TimeProvider.System, stop);
                    break;
                default:
                    throw new BenchException($"POST /api/{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(stop)}");
            }
        }
    }

    private sealed record Registered(string AccessToken, RegisteredUser User);

    private sealed record RegisteredUser(Guid Id);

    private sealed record Opened(Guid Id);
}
