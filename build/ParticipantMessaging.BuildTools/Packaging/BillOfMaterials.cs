using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>
/// The bill of materials as CycloneDX 1.5 in JSON: every file of the staged module with its hash, under the package it comes from, and
/// SQLite, which comes inside of one. The same input gives the same bytes.
/// </summary>
/// <param name="packages">The packages of which files are shipped.</param>
/// <param name="manifest">The module's manifest.</param>
/// <param name="staged">The staged module.</param>
internal sealed partial class BillOfMaterials(IReadOnlyList<ShippedPackage> packages, ModuleManifest manifest, string staged)
{
    private const string NativePackage = "SQLitePCLRaw.lib.e_sqlite3";

    /// <summary>Writes it.</summary>
    /// <param name="output">The file.</param>
    /// <exception cref="FormatException">The version of SQLite is not to be found.</exception>
    public void Write(string output)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        using FileStream file = File.Create(output);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        HashSet<string> theirs = [.. packages.SelectMany(static package => package.Files).Select(static name => "lib/" + name)];
        IEnumerable<string> ours = Directory.EnumerateFiles(staged, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(staged, path).Replace('\\', '/'))
            .Where(name => !theirs.Contains(name));
        string reference = $"pkg:nuget/{manifest.Name}@{manifest.Version}";
        json.WriteStartObject();
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.5");
        json.WriteNumber("version", 1);
        json.WriteStartObject("metadata");
        json.WriteStartObject("component");
        WriteHead(json, reference, manifest.Name, manifest.Version, reference, "MIT");
        WriteFiles(json, ours);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("components");
        foreach (ShippedPackage package in packages)
        {
            json.WriteStartObject();
            WriteHead(json, Reference(package), package.Id, package.Version, Reference(package), package.Licence);
            json.WriteString("scope", "required");
            if (package.Copyright.Length > 0) json.WriteString("copyright", package.Copyright);
            WriteFiles(json, package.Files.Select(static name => "lib/" + name));
            json.WriteEndObject();
        }

        string? sqlite = WriteSqlite(json);
        json.WriteEndArray();
        json.WriteStartArray("dependencies");
        WriteDependency(json, reference, packages.Select(Reference));
        if (sqlite is not null) WriteDependency(json, Reference(packages.First(static package => package.Id == NativePackage)), [sqlite]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // SQLite is no package: the native files of one are builds of it. It says its version itself.
    private string? WriteSqlite(Utf8JsonWriter json)
    {
        ShippedPackage? package = packages.FirstOrDefault(static package => package.Id == NativePackage);
        if (package is null) return null;
        string[] versions = [.. package.Files.Select(name => SqliteVersion(Path.Combine(staged, "lib", name))).Distinct()];
        if (versions is not [{ Length: > 0 } version]) throw new FormatException($"The native files of {package.Id} are no builds of one SQLite: {string.Join(", ", versions)}.");
        string reference = $"pkg:generic/sqlite@{version}";
        json.WriteStartObject();
        WriteHead(json, reference, "SQLite", version, reference, "blessing");
        json.WriteString("scope", "required");
        json.WriteEndObject();
        return reference;
    }

    // The library holds it as a text of its own.
    private static string SqliteVersion(string path)
    {
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        string[] found = [.. SqliteVersionText().Matches(text).Select(static match => match.Groups[1].Value).Distinct()];
        return found is [var version] ? version : "";
    }

    [GeneratedRegex(@"(?<![\d.])(3\.\d{2,3}\.\d{1,2})\0")]
    private static partial Regex SqliteVersionText();

    private static string Reference(ShippedPackage package) => $"pkg:nuget/{package.Id}@{package.Version}";

    private static void WriteHead(Utf8JsonWriter json, string reference, string name, string version, string purl, string licence)
    {
        json.WriteString("type", "library");
        json.WriteString("bom-ref", reference);
        json.WriteString("name", name);
        json.WriteString("version", version);
        json.WriteString("purl", purl);
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteStartObject("license");
        json.WriteString("id", licence);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteFiles(Utf8JsonWriter json, IEnumerable<string> names)
    {
        json.WriteStartArray("components");
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("type", "file");
            json.WriteString("bom-ref", "file:" + name);
            json.WriteString("name", name);
            json.WriteStartArray("hashes");
            json.WriteStartObject();
            json.WriteString("alg", "SHA-256");
            json.WriteString("content", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(staged, name)))));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteDependency(Utf8JsonWriter json, string reference, IEnumerable<string> dependsOn)
    {
        json.WriteStartObject();
        json.WriteString("ref", reference);
        json.WriteStartArray("dependsOn");
        foreach (string other in dependsOn) json.WriteStringValue(other);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
