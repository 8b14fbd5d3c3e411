using System.Globalization;
using System.Text;

namespace Chat.Grains.Conversations;

/// <summary>What text may be: decided once for messages, names and keys. Lengths are Unicode code points, which client, server and Postgres count alike.</summary>
internal static class TextRules
{
    // Letters to Unicode, nothing to the eye.
    private const string Invisible = "\u115F\u1160\u2800\u3164\uFFA0";

    public static Refusal? Check(string text, int maxLength, string what)
    {
        if (text.Length > maxLength * 2)
        {
            return TooLong(what, maxLength);
        }

        var length = 0;
        var visible = false;
        for (var i = 0; i < text.Length; length++)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var consumed) != System.Buffers.OperationStatus.Done || rune.Value == 0)
            {
                return Refusal.Invalid($"The {what} has a character that is not allowed (U+0000 or half of a surrogate pair).", "invalid_character");
            }

            visible = visible || IsVisible(rune);
            i += consumed;
        }

        return length > maxLength ? TooLong(what, maxLength)
            : !visible ? Refusal.Invalid($"The {what} is empty.", $"empty_{what}")
            : null;
    }

    private static bool IsVisible(Rune rune) =>
        rune.Value is > 0x20 and < 0x7f
        || (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned)
            && !(rune.IsBmp && Invisible.Contains((char)rune.Value)));

    private static Refusal TooLong(string what, int maxLength) =>
        new(RefusalCode.TooLarge, $"The {what} is longer than {maxLength} characters.");
}
