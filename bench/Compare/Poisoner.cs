using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Chat.Bench.Load;
using Npgsql;

namespace Chat.Bench.Compare;

/// <summary>Somebody who sends what the database can never store, in a conversation of his own: how much do others feel of it?</summary>
internal sealed class Poisoner : IAsyncDisposable
{
    private const string Content = "poison";

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private Poisoner(HttpClient http, Guid conversationId, double perSecond)
    {
        _http = http;
        _running = perSecond > 0 ? Run(conversationId, perSecond) : Task.CompletedTask;
    }

    /// <param name="perSecond">0: all is prepared the same, and nothing is sent.</param>
    public static async Task<Poisoner> Start(string connectionString, int port, PlannedUser user, double perSecond)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var trigger = database.CreateCommand(
            $"""
            create function refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poison' using errcode = '22P05'; end $$;
            create trigger poison before insert on messages for each row when (new.content = '{Content}') execute function refuse_poison();
            """);
        await trigger.ExecuteNonQueryAsync();
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", user.Token) } };
        using var opened = await http.PostAsJsonAsync("conversations", new { type = "group", name = Content, participantIds = Array.Empty<Guid>() });
        var conversation = await opened.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Opened>();
        return new Poisoner(http, conversation!.Id, perSecond);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task Run(Guid conversationId, double perSecond)
    {
        var sent = 0;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond), TimeProvider.System);
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                using var answer = await _http.PostAsJsonAsync($"conversations/{conversationId}/messages", new { clientMessageId = $"poison-{sent++}", content = Content }, _stopping.Token);
                if (answer.StatusCode != HttpStatusCode.UnprocessableEntity)
                {
                    throw new BenchException($"Poison was answered {(int)answer.StatusCode}.");
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private sealed record Opened(Guid Id);
}
