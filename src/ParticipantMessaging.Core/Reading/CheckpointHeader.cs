using System.Text.Json.Serialization;

namespace ParticipantMessaging.Reading;

/// <summary>First line of a checkpoint file.</summary>
internal sealed class CheckpointHeader
{
    public int Version { get; set; } = 1;

    /// <summary>What is followed, so that a name is not used for two things.</summary>
    public string Scope { get; set; } = "";

    /// <summary>UTC ticks: what is not later was shown; null when nothing was forgotten.</summary>
    public long? Floor { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
