using System.Globalization;
using System.Text;
using System.Text.Json;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Reading;

/// <summary>
/// Remembers across processes what was already shown. An item is noted after it has been shown, as a line at the end of
/// a file in the user's data folder; so a process that is killed in between shows that one item again, and none is lost.
/// The file is compacted by writing a new one and putting it in place in one step.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly string _path;
    private readonly string _scope;
    private readonly TimeProvider _clock;
    private readonly SeenItems _shown;
    private FileStream? _lock;
    private FileStream? _file;
    private int _lines;

    private Checkpoint(string path, string scope, TimeProvider clock, int capacity)
    {
        _path = path;
        _scope = scope;
        _clock = clock;
        _shown = new SeenItems(capacity);
    }

    /// <summary>How many items are remembered one by one.</summary>
    public int Count => _shown.Count;

    /// <summary>Opens a checkpoint, or makes one.</summary>
    /// <param name="name">Letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, 64 at most.</param>
    /// <param name="scope">What is followed, such as <c>unread messages of account 'lab'</c>.</param>
    /// <param name="folder">Where; null for the user's data folder.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <returns>The checkpoint; nobody else can open it until it is disposed of.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: the name is none, it belongs to something else, is in use, or cannot be read.</exception>
    public static Checkpoint Open(string name, string scope, string? folder = null, TimeProvider? timeProvider = null)
        => Open(name, scope, folder, timeProvider, SeenItems.DefaultCapacity);

    internal static Checkpoint Open(string name, string scope, string? folder, TimeProvider? timeProvider, int capacity)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentException.ThrowIfNullOrEmpty(scope);
        if (name.Length is 0 or > 64 || name.Trim('.').Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw Invalid($"'{name}' cannot be the name of a checkpoint.", "Use letters, digits, '-', '_' and '.', 64 characters at most.");
        }

        folder ??= Path.Combine(UserFolders.Data, "checkpoints");
        UserFolders.Create(folder);
        var checkpoint = new Checkpoint(Path.Combine(folder, name + ".checkpoint"), scope, timeProvider ?? TimeProvider.System, capacity);
        try
        {
            checkpoint.Start(name);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Whether an item was shown.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="time">Its time; null when not known.</param>
    /// <returns>True when it was.</returns>
    public bool WasShown(string id, DateTimeOffset? time) => _shown.Contains(id, time);

    /// <summary>Notes that an item was shown; to be called after that, not before.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="time">Its time; null when not known.</param>
    public void Shown(string id, DateTimeOffset? time)
    {
        ArgumentNullException.ThrowIfNull(id);
        DateTimeOffset now = _clock.GetUtcNow();
        if (_file is null || !_shown.Add(id, time, now)) return;
        Span<byte> line = Encoding.UTF8.GetBytes(Line(id, (time ?? now).UtcTicks));
        _file.Write(line);
        _lines++;
    }

    /// <summary>Notes that everything that was there has been shown: now the oldest may be forgotten.</summary>
    public void LookCompleted()
    {
        bool forgot = _shown.Trim();
        if (forgot || _lines > (2 * _shown.Count) + 1000) Compact();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _lock?.Dispose();
        _lock = null;
    }

    private void Start(string name)
    {
        try
        {
            _lock = new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw Invalid($"The checkpoint '{name}' is in use by another command.", "Choose another name, or end the other command first.", e);
        }

        bool clean = !File.Exists(_path) || Load(name);
        if (!File.Exists(_path) || !clean || _lines > (2 * _shown.Count) + 1000) Compact();
        else OpenAtEnd();
    }

    /// <summary>Reads the file; false when its last line is torn, as a power failure leaves it.</summary>
    private bool Load(string name)
    {
        string text = File.ReadAllText(_path, Encoding.UTF8);
        string[] lines = text.Split('\n');
        CheckpointHeader? header;
        try
        {
            header = JsonSerializer.Deserialize(lines[0], CheckpointJson.Default.CheckpointHeader);
        }
        catch (JsonException e)
        {
            throw Invalid($"The checkpoint '{name}' cannot be read ({_path}).", "Choose another name, or delete the file; then everything is shown again.", e);
        }

        if (header is not { Version: 1 })
        {
            throw Invalid($"The checkpoint '{name}' was written by a newer version of this module.", "Update the module, or choose another name.");
        }

        if (header.Scope != _scope)
        {
            throw Invalid($"The checkpoint '{name}' belongs to {header.Scope}, not to {_scope}.", "Choose another name.");
        }

        if (header.Floor is { } floor) _shown.RestoreFloor(floor);
        for (int i = 1; i < lines.Length - 1; i++)
        {
            int tab = lines[i].IndexOf('\t', StringComparison.Ordinal);
            if (tab <= 0 || !long.TryParse(lines[i].AsSpan(0, tab), NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)) continue;
            _shown.Restore(lines[i][(tab + 1)..], ticks);
            _lines++;
        }

        return lines[^1].Length == 0;
    }

    private void Compact()
    {
        _file?.Dispose();
        _file = null;
        string temporary = _path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            var header = new CheckpointHeader { Scope = _scope, Floor = _shown.Floor == long.MinValue ? null : _shown.Floor };
            using (var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true))
            {
                writer.Write(JsonSerializer.Serialize(header, CheckpointJson.Default.CheckpointHeader));
                writer.Write('\n');
                foreach ((string id, long ticks) in _shown.Items) writer.Write(Line(id, ticks));
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
        _lines = _shown.Count;
        OpenAtEnd();
    }

    // Unbuffered: a line that was written is there for the next process, however this one ends.
    private void OpenAtEnd() => _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private static string Line(string id, long ticks)
        => string.Create(CultureInfo.InvariantCulture, $"{ticks}\t{id.ReplaceLineEndings(" ")}\n");

    private static MessagingException Invalid(string message, string action, Exception? cause = null) => new(MessagingErrorReason.InvalidRequest, message, action, cause);
}
