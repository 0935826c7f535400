using System.Text.Json;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>The bill of materials as CycloneDX 1.5 in JSON. The same input gives the same bytes.</summary>
internal static class BillOfMaterials
{
    /// <summary>Writes it.</summary>
    /// <param name="packages">What is shipped.</param>
    /// <param name="manifest">The module's manifest.</param>
    /// <param name="output">The file.</param>
    public static void Write(IReadOnlyList<ShippedPackage> packages, ModuleManifest manifest, string output)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        using FileStream file = File.Create(output);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        string reference = $"pkg:nuget/{manifest.Name}@{manifest.Version}";
        json.WriteStartObject();
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.5");
        json.WriteNumber("version", 1);
        json.WriteStartObject("metadata");
        json.WriteStartObject("component");
        json.WriteString("type", "library");
        json.WriteString("bom-ref", reference);
        json.WriteString("name", manifest.Name);
        json.WriteString("version", manifest.Version);
        json.WriteString("purl", reference);
        WriteLicence(json, "MIT");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("components");
        foreach (ShippedPackage package in packages)
        {
            json.WriteStartObject();
            json.WriteString("type", "library");
            json.WriteString("bom-ref", Reference(package));
            json.WriteString("name", package.Id);
            json.WriteString("version", package.Version);
            json.WriteString("scope", "required");
            json.WriteStartArray("hashes");
            json.WriteStartObject();
            json.WriteString("alg", "SHA-512");
            json.WriteString("content", Convert.ToHexStringLower(Convert.FromBase64String(package.Sha512)));
            json.WriteEndObject();
            json.WriteEndArray();
            WriteLicence(json, package.Licence);
            if (package.Copyright.Length > 0) json.WriteString("copyright", package.Copyright);
            json.WriteString("purl", Reference(package));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("dependencies");
        json.WriteStartObject();
        json.WriteString("ref", reference);
        json.WriteStartArray("dependsOn");
        foreach (ShippedPackage package in packages) json.WriteStringValue(Reference(package));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Reference(ShippedPackage package) => $"pkg:nuget/{package.Id}@{package.Version}";

    private static void WriteLicence(Utf8JsonWriter json, string id)
    {
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteStartObject("license");
        json.WriteString("id", id);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
