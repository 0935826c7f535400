using System.Xml.Linq;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>The description of the gallery package, as the PowerShell Gallery and PSResourceGet read it.</summary>
internal static class GalleryPackage
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    /// <summary>Writes the nuspec.</summary>
    /// <param name="manifest">The module's manifest.</param>
    /// <param name="staged">The staged folder, whose every file is packed.</param>
    /// <param name="output">The file.</param>
    public static void Write(ModuleManifest manifest, string staged, string output)
    {
        IEnumerable<string> tags =
        [
            "PSModule", "PSIncludes_Cmdlet",
            .. manifest.Cmdlets.Select(static name => "PSCmdlet_" + name),
            .. manifest.Cmdlets.Select(static name => "PSCommand_" + name),
            .. manifest.Tags,
        ];
        var document = new XDocument(
            new XElement(
                Nuspec + "package",
                new XElement(
                    Nuspec + "metadata",
                    new XElement(Nuspec + "id", manifest.Name),
                    new XElement(Nuspec + "version", manifest.Version),
                    new XElement(Nuspec + "authors", manifest.Text("Author")),
                    new XElement(Nuspec + "requireLicenseAcceptance", "false"),
                    new XElement(Nuspec + "license", new XAttribute("type", "expression"), "MIT"),
                    new XElement(Nuspec + "description", manifest.Text("Description")),
                    new XElement(Nuspec + "releaseNotes", manifest.Text("ReleaseNotes")),
                    new XElement(Nuspec + "copyright", manifest.Text("Copyright")),
                    new XElement(Nuspec + "tags", string.Join(' ', tags))),
                new XElement(
                    Nuspec + "files",
                    Directory.EnumerateFiles(staged, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path =>
                    {
                        string name = Path.GetRelativePath(staged, path).Replace('\\', '/');
                        return new XElement(Nuspec + "file", new XAttribute("src", name), new XAttribute("target", name));
                    }))));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        document.Save(output);
    }
}
