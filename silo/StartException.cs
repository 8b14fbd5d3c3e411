namespace Chat.Silo;

/// <summary>The process cannot start as it is set up. The message is one line for the operator and names the setting.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
