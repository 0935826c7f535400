using System.IO.Compression;

namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>Packages hold the minute in which each file was written; without it, the same files give the same package.</summary>
internal static class PackageDates
{
    private static readonly DateTimeOffset Date = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gives every entry of every package the same date.</summary>
    /// <param name="folder">Where the packages lie.</param>
    public static void Settle(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.*nupkg"))
        {
            using ZipArchive package = ZipFile.Open(path, ZipArchiveMode.Update);
            foreach (ZipArchiveEntry entry in package.Entries) entry.LastWriteTime = Date;
        }
    }
}
