using System.Text.Json.Serialization;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>One run of one task in a process of its own.</summary>
/// <param name="WallMs">How long the measured part took.</param>
/// <param name="CpuMs">CPU time that the process used in it, all threads.</param>
/// <param name="PeakMb">The most memory that the process had in use at any time.</param>
/// <param name="Items">How many items came out.</param>
internal sealed record Measurement(
    [property: JsonPropertyName("wallMs")] double WallMs,
    [property: JsonPropertyName("cpuMs")] double CpuMs,
    [property: JsonPropertyName("peakMb")] double PeakMb,
    [property: JsonPropertyName("items")] long Items);
