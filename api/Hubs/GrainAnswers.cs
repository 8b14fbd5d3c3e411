using Orleans.Runtime;

namespace Chat.Api.Hubs;

/// <summary>Grains' answers as the hub's. A grain that does not answer is an outage, which the client hears as `unavailable`; anything else that is thrown is a bug.</summary>
internal static class GrainAnswers
{
    public static readonly Refusal Unavailable = Refusal.Unavailable("The service does not answer; the outcome is unknown.", retryAfterMs: 1_000);

    public static async Task<HubAnswer> ToHub<T>(this Task<Answer<T>> call, Func<T, HubAnswer> accepted)
        where T : class
    {
        try
        {
            var answer = await call;
            return answer.Ok ? accepted(answer.Value) : Refused.From(answer.Refusal);
        }
        catch (Exception lost) when (IsOutage(lost))
        {
            return Refused.From(Unavailable);
        }
    }

    public static async Task<HubAnswer> ToHub(this Task call)
    {
        try
        {
            await call;
            return Acknowledged.Instance;
        }
        catch (Exception lost) when (IsOutage(lost))
        {
            return Refused.From(Unavailable);
        }
    }

    public static bool IsOutage(Exception e) => e is TimeoutException or OrleansException;
}
