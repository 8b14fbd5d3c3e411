namespace Chat.Api.Auth;

/// <summary>Who operates this installation. Settings under `Chat:Admin`.</summary>
public sealed class OperatorOptions
{
    public const string Section = "Chat:Admin";

    /// <summary>Ids of the users who may use everything under `/api/admin`. Names and addresses would not do: whoever registers one first has it. Default: none.</summary>
    public Guid[] Operators { get; set; } = [];

    /// <summary>Those among the operators who may also read what was written, where operating needs it. Default: none.</summary>
    public Guid[] ContentReaders { get; set; } = [];

    internal string? Fault() =>
        Operators.Contains(Guid.Empty) ? $"{Section}:Operators has {Guid.Empty}, which is nobody."
        : ContentReaders.Except(Operators).ToArray() is [var stranger, ..] ? $"{Section}:ContentReaders has {stranger}, who is not in {Section}:Operators."
        : null;
}
