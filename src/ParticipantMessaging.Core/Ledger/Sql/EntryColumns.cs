using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Ledger;

/// <summary>The columns of the row that a reader stands on. Most columns of most entries are what they were in the one before.</summary>
internal interface IEntryColumns
{
    /// <summary>A number.</summary>
    long Number(int column);

    /// <summary>A number; null where there is none.</summary>
    long? NumberOrNull(int column);

    /// <summary>A text that many entries share.</summary>
    string Text(int column);

    /// <summary>One that is an entry's alone.</summary>
    string NewText(int column);
}

/// <summary>Of a file: a text is made only when its bytes are others than in the row before.</summary>
internal readonly struct FileColumns(SqliteRow row, SqliteDataReader reader, KeptTexts kept) : IEntryColumns
{
    public long Number(int column) => row.Number(column);

    public long? NumberOrNull(int column) => row.IsNull(column) ? null : row.Number(column);

    public string Text(int column)
    {
        int length = row.CopyText(column, ref kept.Buffer);
        return length == 0 ? Nothing(column) : kept.Take(column, kept.Buffer.AsSpan(0, length));
    }

    public string NewText(int column) => row.CopyText(column, ref kept.Buffer) is > 0 and int length
        ? Encoding.UTF8.GetString(kept.Buffer.AsSpan(0, length))
        : Nothing(column);

    // It may be NULL, which no column of an entry is: the driver says so.
    private string Nothing(int column) => row.IsNull(column) ? reader.GetString(column) : "";
}

/// <summary>Of a server: its driver has made the text already.</summary>
internal readonly struct ServerColumns(DbDataReader reader, KeptTexts kept) : IEntryColumns
{
    public long Number(int column) => reader.GetInt64(column);

    public long? NumberOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public string Text(int column) => kept.Take(column, reader.GetString(column));

    public string NewText(int column) => reader.GetString(column);
}

/// <summary>The texts of the row before, by their columns: 100,000 rows share one hash.</summary>
/// <param name="columns">How many there are.</param>
internal sealed class KeptTexts(int columns)
{
    private readonly string?[] _last = new string?[columns];
    private readonly byte[][] _bytes = [.. Enumerable.Repeat(Array.Empty<byte>(), columns)];
    private readonly int[] _lengths = new int[columns];

    /// <summary>Room for a text's bytes; whoever needs more puts another one here.</summary>
    public ref byte[] Buffer => ref _buffer;

    private byte[] _buffer = new byte[128];

    /// <summary>The text of these bytes: the one of before, if they are the same.</summary>
    public string Take(int column, ReadOnlySpan<byte> bytes)
    {
        if (_last[column] is { } last && bytes.SequenceEqual(_bytes[column].AsSpan(0, _lengths[column])))
            return last;

        if (_bytes[column].Length < bytes.Length)
            _bytes[column] = new byte[Math.Max(bytes.Length, 64)];
        bytes.CopyTo(_bytes[column]);
        _lengths[column] = bytes.Length;
        return _last[column] = Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The text: the one of before, if it is the same.</summary>
    public string Take(int column, string text)
        => _last[column] is { } last && string.Equals(last, text, StringComparison.Ordinal) ? last : _last[column] = text;
}
