using Chat.Conversations;

namespace Chat.Grains.Conversations;

/// <summary>What a page of history may ask for.</summary>
internal static class HistoryRules
{
    public static Refusal? Check(HistoryQuery query, int maxLimit)
    {
        if (query.Limit < 1 || query.Limit > maxLimit)
        {
            return Refusal.Invalid($"limit takes 1 to {maxLimit}.", "invalid_limit");
        }

        if ((query.Before is null ? 0 : 1) + (query.After is null ? 0 : 1) + (query.Around is null ? 0 : 1) > 1)
        {
            return Refusal.Invalid("At most one of before, after and around.", "invalid_page");
        }

        return query.Before is < 1 || query.After is < 0 or long.MaxValue || query.Around is < 1 or long.MaxValue
            ? Refusal.Invalid("before and around take a sequence, after takes 0 or a sequence.", "invalid_page")
            : null;
    }
}
