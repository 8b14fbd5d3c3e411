using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json;
using System.Text;
using Chat.Grains.Storage;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans;

namespace Chat.Grains.Held;

/// <summary>Grain storage in files: one for each state, a line with its etag and then the state as JSON. A write goes to a file of another name, is synced, takes the
/// name of the old one, and counts when the folder is synced as well: at every moment the name shows a whole state. What a crash leaves under the other name is
/// overwritten by the next write.</summary>
internal sealed class FileGrainStorage(Fallback fallback, IDisk disk, IOptions<FallbackOptions> options, TimeProvider time) : IGrainStorage
{
    private const int EtagLength = 16;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(options.Value.DeadlineMs);

    // Of one state, one operation at a time; others share a lock only by chance.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (etag, state) = await InTurn(stateName, grainId, (_, path) =>
        {
            using var file = disk.OpenRead(path);
            return file is null ? (null, default) : (ReadEtag(file), JsonSerializer.Deserialize<T>(file, Json));
        });
        Set(grainState, etag, etag is null ? Activator.CreateInstance<T>() : state);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // Written down in the caller's turn: afterwards the state may change.
        var etag = RandomNumberGenerator.GetHexString(EtagLength, lowercase: true);
        var expected = grainState.ETag;
        byte[] content = [.. Encoding.ASCII.GetBytes(etag + '\n'), .. JsonSerializer.SerializeToUtf8Bytes(grainState.State, Json)];
        await InTurn(stateName, grainId, (folder, path) =>
        {
            Expect(path, expected);
            var next = path + ".next";
            disk.Write(next, content);
            disk.Rename(next, path);
            disk.SyncFolder(folder);
            return true;
        });
        grainState.ETag = etag;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var expected = grainState.ETag;
        await InTurn(stateName, grainId, (folder, path) =>
        {
            Expect(path, expected);
            disk.Delete(path);
            disk.SyncFolder(folder);
            return true;
        });
        Set(grainState, null, Activator.CreateInstance<T>());
    }

    private static void Set<T>(IGrainState<T> grainState, string? etag, T? state)
    {
        grainState.State = state;
        grainState.ETag = etag;
        grainState.RecordExists = etag is not null;
    }

    private void Expect(string path, string? etag)
    {
        using var file = disk.OpenRead(path);
        var stored = file is null ? null : ReadEtag(file);
        if (!string.Equals(stored, etag, StringComparison.Ordinal))
        {
            throw new InconsistentStateException($"The state in {Path.GetFileName(path)} was changed by somebody else.", stored, etag);
        }
    }

    private static string ReadEtag(Stream file)
    {
        Span<byte> line = stackalloc byte[EtagLength + 1];
        return file.ReadAtLeast(line, line.Length, throwOnEndOfStream: false) == line.Length && line[EtagLength] == '\n'
            ? Encoding.ASCII.GetString(line[..EtagLength])
            : throw new InvalidDataException("A file of the fallback does not begin with an etag.");
    }

    /// <summary>Off the grain's turn, because files block. A disk that hangs is an answer too: the outcome is unknown then, and the etag tells later.</summary>
    private async Task<TResult> InTurn<TResult>(string stateName, GrainId grainId, Func<string, string, TResult> work)
    {
        var name = $"{stateName}.{Uri.EscapeDataString(grainId.ToString())}";
        var turn = _turns[(uint)string.GetHashCode(name, StringComparison.Ordinal) % (uint)_turns.Length];
        return await Task.Run(async () =>
        {
            if (!await turn.WaitAsync(_deadline))
            {
                throw new TimeoutException("The disk of the fallback does not answer.");
            }

            try
            {
                var folder = fallback.Claim();
                return work(folder, Path.Combine(folder, name));
            }
            finally
            {
                turn.Release();
            }
        }).WaitAsync(_deadline, time);
    }
}
