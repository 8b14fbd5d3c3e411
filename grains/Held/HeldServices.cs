using Chat.Grains.DeadLetters;
using Chat.Grains.Diagnostics;
using Chat.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Chat.Grains.Held;

/// <summary>What a conversation needs to hold messages.</summary>
internal sealed record HeldServices(
    Fallback Fallback,
    LogHealth Health,
    DeadLetterIntake DeadLetters,
    HeldDepth Depth,
    IOptions<FallbackOptions> Options,
    ChatInstruments Instruments,
    TimeProvider Time,
    ILogger<HeldPump> Logger);
