using System.Text.Json;
using System.Text.Json.Serialization;

namespace ParticipantMessaging.Accounts;

/// <summary>The file of accounts as it is on disk.</summary>
internal sealed class AccountFile
{
    public int Version { get; set; } = 1;

    public string? Default { get; set; }

    public List<AccountEntry> Accounts { get; set; } = [];

    /// <summary>What a later version wrote.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>One account on disk.</summary>
internal sealed class AccountEntry
{
    public string? Name { get; set; }

    public string? Provider { get; set; }

    public string? BaseUri { get; set; }

    public string? WorkspaceId { get; set; }

    public string? Vault { get; set; }

    public string? SecretName { get; set; }

    /// <summary>What a later version wrote.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>Reads and writes the file.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(AccountFile))]
internal sealed partial class AccountJson : JsonSerializerContext;
