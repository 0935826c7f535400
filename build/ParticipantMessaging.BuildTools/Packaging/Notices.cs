using System.Text;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>THIRD-PARTY-NOTICES: whose work is shipped, under which licence, and the text of each licence.</summary>
internal static class Notices
{
    /// <summary>Writes it.</summary>
    /// <param name="packages">What is shipped.</param>
    /// <param name="licences">Folder with a text <c>SPDX-name.txt</c> per licence.</param>
    /// <param name="output">The file.</param>
    /// <exception cref="FormatException">The text of a licence is missing.</exception>
    public static void Write(IReadOnlyList<ShippedPackage> packages, string licences, string output)
    {
        var text = new StringBuilder();
        text.Append("ParticipantMessaging ships the work of others, in its folder lib. Thank you.\n\n");
        foreach (ShippedPackage package in packages)
        {
            text.Append(package.Id).Append(' ').Append(package.Version).Append('\n');
            text.Append("    ").Append(package.Copyright).Append('\n');
            text.Append("    Licence: ").Append(package.Licence).Append('\n');
            foreach (string file in package.Files) text.Append("    lib/").Append(file).Append('\n');
            if (package.Id == "SQLite")
                text.Append("    These are builds of SQLite (www.sqlite.org), which its authors have put into the public domain.\n");
            text.Append('\n');
        }

        foreach (string licence in packages.Select(static package => package.Licence).Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(licences, licence + ".txt");
            if (!File.Exists(path)) throw new FormatException($"The text of the licence {licence} is missing: {path}.");
            text.Append('\n').Append('=', 78).Append('\n').Append(licence).Append('\n').Append('=', 78).Append("\n\n");
            text.Append(File.ReadAllText(path).ReplaceLineEndings("\n").TrimEnd()).Append('\n');
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        File.WriteAllText(output, text.ToString());
    }
}
