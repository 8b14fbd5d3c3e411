namespace Chat.Api.Endpoints;

internal static class Paging
{
    public const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public static Refusal? CheckLimit(int? limit) =>
        limit is < 1 or > MaxLimit ? Refusal.Invalid($"limit takes 1 to {MaxLimit}.", "invalid_limit") : null;

    public static Refusal? CheckAnchors(long? before, long? after, long? around) =>
        new[] { before, after, around }.Count(a => a is not null) > 1 ? Refusal.Invalid("before, after and around exclude each other.", "conflicting_anchors")
        : before is < 1 || around is < 1 ? Refusal.Invalid("before and around take a sequence, 1 or more.", "invalid_sequence")
        : after is < 0 ? Refusal.Invalid("after takes a sequence, 0 or more.", "invalid_sequence")
        : null;
}
