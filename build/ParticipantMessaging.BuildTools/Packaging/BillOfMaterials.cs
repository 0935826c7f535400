using System.Security.Cryptography;
using System.Text.Json;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>
/// The bill of materials as CycloneDX 1.5 in JSON: every file of the staged module with its hash, under the package it comes from. The same
/// input gives the same bytes.
/// </summary>
/// <param name="packages">The packages of which files are shipped.</param>
/// <param name="manifest">The module's manifest.</param>
/// <param name="staged">The staged module.</param>
internal sealed class BillOfMaterials(IReadOnlyList<ShippedPackage> packages, ModuleManifest manifest, string staged)
{
    /// <summary>Writes it.</summary>
    /// <param name="output">The file.</param>
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

        json.WriteEndArray();
        json.WriteStartArray("dependencies");
        WriteDependency(json, reference, packages.Select(Reference));
        json.WriteEndArray();
        json.WriteEndObject();
    }

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
