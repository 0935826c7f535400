using System.Xml.Linq;

namespace ParticipantMessaging.BuildTools.Help;

/// <summary>Makes the module's help file out of one page per cmdlet and the cmdlets themselves.</summary>
internal static class HelpCommand
{
    /// <summary>Makes it.</summary>
    /// <param name="assembly">The cmdlets' assembly, beside the assemblies that it refers to.</param>
    /// <param name="pages">Folder with a page <c>Verb-Noun.md</c> per cmdlet.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="isStrict">Whether what is missing is an error; else it is said and the help is written without it.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string assembly, string pages, string output, bool isStrict)
    {
        IReadOnlyList<CmdletFacts> cmdlets = CmdletReader.Read(assembly);
        var missing = new List<string>();
        var commands = new List<XElement>();
        foreach (CmdletFacts cmdlet in cmdlets)
        {
            string path = Path.Combine(pages, cmdlet.Name + ".md");
            HelpPage page = File.Exists(path) ? HelpPage.Read(path) : HelpPage.Empty(cmdlet.Name);
            missing.AddRange(PageCheck.Check(cmdlet, page, File.Exists(path)));
            commands.Add(MamlWriter.Write(cmdlet, page));
        }

        foreach (string file in Directory.EnumerateFiles(pages, "*-*.md"))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (cmdlets.All(c => c.Name != name)) missing.Add($"{name}.md: there is no such cmdlet.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        MamlWriter.Document(commands).Save(output);
        foreach (string line in missing) Console.WriteLine(isStrict ? $"BuildTools : error PM0002: {line}" : $"Help: {line}");
        return isStrict && missing.Count > 0 ? 1 : 0;
    }
}
