using System.Text;

namespace CampaignInCSharp;

/// <summary>Reads CSV as spreadsheets write it (RFC 4180: quotes, doubled quotes, line breaks inside quotes).</summary>
internal static class CsvFile
{
    /// <summary>The rows below the header line, by column name.</summary>
    public static IEnumerable<Dictionary<string, string?>> Read(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        List<string>? header = ReadRecord(reader);
        while (header is not null && ReadRecord(reader) is { } record)
        {
            if (record is [""]) continue;
            var row = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            for (int i = 0; i < header.Count; i++) row[header[i]] = i < record.Count ? record[i] : "";
            yield return row;
        }
    }

    private static List<string>? ReadRecord(StreamReader reader)
    {
        if (reader.Peek() < 0) return null;
        var record = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        while (true)
        {
            int next = reader.Read();
            if (quoted && next == '"' && reader.Peek() == '"') field.Append((char)reader.Read());
            else if (next == '"') quoted = !quoted;
            else if (next < 0 || (next == '\n' && !quoted)) break;
            else if (next == ',' && !quoted) EndField();
            else if (next != '\r' || quoted) field.Append((char)next);
        }

        EndField();
        return record;

        void EndField()
        {
            record.Add(field.ToString());
            field.Clear();
        }
    }
}
