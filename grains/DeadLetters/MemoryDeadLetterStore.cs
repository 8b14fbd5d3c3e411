using System.Collections.Concurrent;

namespace Chat.Grains.DeadLetters;

/// <summary>Until the process ends.</summary>
internal sealed class MemoryDeadLetterStore : IDeadLetterStore
{
    private readonly ConcurrentDictionary<Guid, DeadLetter> _letters = new();

    public IReadOnlyCollection<DeadLetter> All => [.. _letters.Values];

    public Task Add(DeadLetter letter)
    {
        _letters.TryAdd(letter.Id, letter);
        return Task.CompletedTask;
    }
}
