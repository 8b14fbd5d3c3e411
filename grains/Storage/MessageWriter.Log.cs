using Microsoft.Extensions.Logging;

namespace Chat.Grains.Storage;

internal sealed partial class MessageWriter
{
    [LoggerMessage(LogLevel.Warning, "The log does not answer ({Reason}): the outcome of {Appends} appends is unknown, they go again.")]
    private static partial void LogOutage(ILogger logger, string reason, int appends);

    [LoggerMessage(LogLevel.Error, "An append of one conversation failed in a way that is not known, {Attempts} times by now.")]
    private static partial void LogUnclassified(ILogger logger, Exception exception, int attempts);

    [LoggerMessage(LogLevel.Error, "The log reports a repeated idempotency key that none of {Appends} appends has; they go again.")]
    private static partial void LogKeyNotFound(ILogger logger, int appends);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} will never be stored: {Reason}.")]
    private static partial void LogPoison(ILogger logger, Guid? messageId, string reason);

    [LoggerMessage(LogLevel.Error, "The probe of the log failed in a way that is not known.")]
    private static partial void LogProbeFailed(ILogger logger, Exception exception);
}
