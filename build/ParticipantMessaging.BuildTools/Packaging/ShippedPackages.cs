using System.Text.Json;
using System.Xml.Linq;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>Which packages the shipped libraries come from, as the restore resolved them.</summary>
internal static class ShippedPackages
{
    /// <summary>Finds them.</summary>
    /// <param name="assetsPath"><c>project.assets.json</c> of Core.</param>
    /// <param name="libraryFolder">The staged <c>lib</c> folder.</param>
    /// <exception cref="FormatException">A library comes from no package, or a package names no licence.</exception>
    public static IReadOnlyList<ShippedPackage> Read(string assetsPath, string libraryFolder)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(assetsPath));
        JsonElement root = assets.RootElement;
        string[] sources = [.. root.GetProperty("packageFolders").EnumerateObject().Select(static folder => folder.Name)];
        JsonElement libraries = root.GetProperty("libraries");
        var left = Directory.EnumerateFiles(libraryFolder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(libraryFolder, path).Replace('\\', '/'))
            .Where(static path => Path.GetFileName(path) != "ParticipantMessaging.Core.dll")
            .ToHashSet(StringComparer.Ordinal);
        var shipped = new List<ShippedPackage>();
        foreach (JsonProperty package in root.GetProperty("targets").EnumerateObject().First().Value.EnumerateObject())
        {
            List<string> files = [.. AssetsOf(package.Value).SelectMany(name => AheadOfTime(name, left).Prepend(name)).Where(left.Remove)];
            if (files.Count == 0) continue;
            JsonElement library = libraries.GetProperty(package.Name);
            string folder = sources.Select(source => Path.Combine(source, library.GetProperty("path").GetString()!)).First(Directory.Exists);
            XElement metadata = XDocument.Load(Directory.EnumerateFiles(folder, "*.nuspec").Single()).Root!.Elements().First();
            string[] name = package.Name.Split('/');
            shipped.Add(new ShippedPackage(
                name[0],
                name[1],
                Licence(metadata, name[0]) ?? throw new FormatException($"{package.Name} names no licence."),
                Field(metadata, "copyright") ?? Field(metadata, "authors") ?? "",
                files));
        }

        return left.Count == 0
            ? [.. shipped.OrderBy(static package => package.Id, StringComparer.OrdinalIgnoreCase)]
            : throw new FormatException($"{string.Join(", ", left)} in {libraryFolder} come from no package.");
    }

    // Libraries for every system lie in lib/ itself, native ones keep their path.
    private static IEnumerable<string> AssetsOf(JsonElement package)
    {
        if (package.TryGetProperty("runtime", out JsonElement managed))
        {
            foreach (JsonProperty file in managed.EnumerateObject()) yield return Path.GetFileName(file.Name);
        }

        if (package.TryGetProperty("runtimeTargets", out JsonElement native))
        {
            foreach (JsonProperty file in native.EnumerateObject()) yield return file.Name;
        }
    }

    // The same library, compiled ahead of time: <version>/<platform>/<name>.
    private static List<string> AheadOfTime(string name, IEnumerable<string> files)
        => [.. files.Where(file => file.StartsWith("net", StringComparison.Ordinal) && file.EndsWith("/" + name, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    // SQLite's package has a file in place of a name: it says that SQLite is in the public domain, which SPDX calls by the blessing in it.
    private static string? Licence(XElement metadata, string id)
    {
        bool isName = metadata.Elements().Any(static element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression");
        return isName ? Field(metadata, "license") : id == "SQLite" ? "blessing" : null;
    }

    private static string? Field(XElement metadata, string name)
        => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim();
}
