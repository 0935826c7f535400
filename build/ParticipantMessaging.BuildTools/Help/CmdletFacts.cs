namespace ParticipantMessaging.BuildTools.Help;

/// <summary>What the assembly says about a cmdlet.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Noun">The noun.</param>
/// <param name="DefaultSet">Name of the default parameter set; empty for none.</param>
/// <param name="Parameters">Its parameters, in the order in which help shows them.</param>
/// <param name="OutputTypes">Full names of what it emits.</param>
internal sealed record CmdletFacts(
    string Verb,
    string Noun,
    string DefaultSet,
    IReadOnlyList<ParameterFacts> Parameters,
    IReadOnlyList<string> OutputTypes)
{
    public string Name => $"{Verb}-{Noun}";

    /// <summary>Names of the parameter sets, the default one first.</summary>
    public IReadOnlyList<string> Sets
    {
        get
        {
            List<string> named = [.. Parameters.SelectMany(static p => p.Uses).Select(static u => u.Set).Where(static s => s != ParameterUse.AllSets).Distinct()];
            // A default set of which no parameter is part alone is a set all the same.
            if (DefaultSet.Length > 0 && !named.Contains(DefaultSet)) named.Add(DefaultSet);
            if (named.Count == 0) return [ParameterUse.AllSets];
            return [.. named.OrderBy(s => s == DefaultSet ? 0 : 1)];
        }
    }
}
