using System.Text.Json.Serialization;

namespace ParticipantMessaging.Ledger;

/// <summary>JSON of the ledger: lists as parameters of a statement, and the settings file.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyCollection<string>))]
[JsonSerializable(typeof(IReadOnlyCollection<long>))]
[JsonSerializable(typeof(LedgerSettings))]
internal sealed partial class LedgerJson : JsonSerializerContext;
