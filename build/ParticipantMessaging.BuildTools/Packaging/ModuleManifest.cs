using System.Text.RegularExpressions;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>What the packages need of the module's manifest, which is plain enough to be read without PowerShell.</summary>
internal sealed partial class ModuleManifest
{
    private readonly string _text;

    private ModuleManifest(string path)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        _text = File.ReadAllText(path);
    }

    public string Name { get; }

    public string Version => Text("ModuleVersion");

    public IReadOnlyList<string> Cmdlets => List("CmdletsToExport");

    public IReadOnlyList<string> Tags => List("Tags");

    public static ModuleManifest Read(string path) => new(path);

    public string Text(string key)
    {
        Match match = Regex.Match(_text, $@"^\s*{key}\s*=\s*'((?:[^']|'')*)'", RegexOptions.Multiline);
        return match.Success ? match.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal) : throw new FormatException($"The manifest has no {key}.");
    }

    private List<string> List(string key)
    {
        Match match = Regex.Match(_text, $@"^\s*{key}\s*=\s*@\(([^)]*)\)", RegexOptions.Multiline);
        if (!match.Success) throw new FormatException($"The manifest has no list {key}.");
        return [.. Quoted().Matches(match.Groups[1].Value).Select(static item => item.Groups[1].Value)];
    }

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
