using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// The state file: one JSON line a change, handed to the operating system before the change is answered, so that a killed simulator
/// loses nothing. A clean start writes the whole state anew beside the old file and renames it (see <see cref="Rewrite"/>).
/// </summary>
internal sealed class StateJournal : IDisposable
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();
    private readonly Lock _gate = new();
    private readonly string _path;
    private FileStream _file;

    private StateJournal(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Opens (or creates) the file for one simulator; another one on the same file is refused by the lock on it.</summary>
    public static StateJournal Open(string path)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new StateJournal(path, Lease(path));
    }

    /// <summary>The entries of the file; a last line that a crash cut off is left out.</summary>
    public IEnumerable<JournalEntry> Read()
    {
        _file.Position = 0;
        using var reader = new StreamReader(_file, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            JournalEntry? entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, JournalJson.Default.JournalEntry);
            }
            catch (JsonException) when (reader.Peek() < 0)
            {
                yield break;
            }

            if (entry is not null)
                yield return entry;
        }
    }

    public void Append(JournalEntry entry)
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(entry, JournalJson.Default.JournalEntry);
        lock (_gate)
        {
            _file.Seek(0, SeekOrigin.End);
            _file.Write(line);
            _file.Write(NewLine);
            _file.Flush();
        }
    }

    /// <summary>Replaces the file by the given entries: written beside it, flushed to the disk, renamed over it.</summary>
    public void Rewrite(IEnumerable<JournalEntry> entries)
    {
        lock (_gate)
        {
            string temporary = _path + ".new";
            File.Delete(temporary);
            using (FileStream fresh = OpenOwn(temporary, FileMode.CreateNew))
            {
                foreach (JournalEntry entry in entries)
                {
                    JsonSerializer.Serialize(fresh, entry, JournalJson.Default.JournalEntry);
                    fresh.Write(NewLine);
                }

                fresh.Flush(flushToDisk: true);
            }

            _file.Dispose();
            File.Move(temporary, _path, overwrite: true);
            _file = Lease(_path);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _file.Dispose();
    }

    private static FileStream Lease(string path)
    {
        FileStream file = OpenOwn(path, FileMode.OpenOrCreate);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    /// <summary>The file holds texts for people and the webhook secret: nobody but its owner reads it.</summary>
    private static FileStream OpenOwn(string path, FileMode mode)
    {
        var how = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, how);
    }
}
