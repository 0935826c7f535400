namespace ParticipantMessaging.BuildTools.Help;

/// <summary>What a page lacks.</summary>
internal static class PageCheck
{
    /// <summary>One line per thing that is missing.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="page">Its page.</param>
    /// <param name="exists">Whether there is a page at all.</param>
    public static IEnumerable<string> Check(CmdletFacts cmdlet, HelpPage page, bool exists)
    {
        if (!exists)
        {
            yield return $"{cmdlet.Name}.md is missing.";
            yield break;
        }

        if (page.Name != cmdlet.Name) yield return $"{cmdlet.Name}.md has the heading '{page.Name}'.";
        if (page.Synopsis.Count != 1) yield return $"{cmdlet.Name}.md needs a synopsis of one paragraph.";
        if (page.Description.Count == 0) yield return $"{cmdlet.Name}.md has no description.";
        if (page.Outputs.Count == 0) yield return $"{cmdlet.Name}.md does not say what comes out.";
        if (page.Links.Count == 0) yield return $"{cmdlet.Name}.md has no links.";
        if (page.Examples.Count < 2) yield return $"{cmdlet.Name}.md needs two examples at least.";
        foreach (HelpExample example in page.Examples)
        {
            if (example.Code.Length == 0) yield return $"{cmdlet.Name}.md: example '{example.Title}' has no code.";
        }

        foreach (ParameterFacts parameter in cmdlet.Parameters)
        {
            if (!page.Parameters.TryGetValue(parameter.Name, out IReadOnlyList<string>? text) || text.Count == 0)
                yield return $"{cmdlet.Name}.md does not explain -{parameter.Name}.";
        }

        foreach (string name in page.Parameters.Keys)
        {
            if (cmdlet.Parameters.All(p => !p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                yield return $"{cmdlet.Name}.md explains -{name}, which is not there.";
        }
    }
}
