using Chat.Grains.Storage;

namespace Chat.Grains.Accounts;

/// <summary>Turns a store that does not answer into `unavailable`.</summary>
internal static class StoreOutage
{
    private const int RetryAfterMs = 1000;

    public static async Task<Answer<T>> Guard<T>(Func<Task<Answer<T>>> work)
        where T : class
    {
        try
        {
            return await work();
        }
        catch (LogUnavailableException)
        {
            return Refusal.Unavailable("Accounts cannot be reached now.", RetryAfterMs);
        }
    }
}
