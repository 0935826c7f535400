namespace ParticipantMessaging.BuildTools.Help;

/// <summary>What the assembly says about a parameter.</summary>
/// <param name="Name">The name.</param>
/// <param name="TypeName">The type as PowerShell writes it.</param>
/// <param name="IsSwitch">Whether it is a switch.</param>
/// <param name="IsArray">Whether it takes several values.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Values">The values that are allowed; empty for any.</param>
/// <param name="AcceptsWildcards">Whether it takes wildcards.</param>
/// <param name="Uses">Its part in the parameter sets.</param>
internal sealed record ParameterFacts(
    string Name,
    string TypeName,
    bool IsSwitch,
    bool IsArray,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Values,
    bool AcceptsWildcards,
    IReadOnlyList<ParameterUse> Uses);
