using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>Rows and cells of a CSV text. The separator is the one that the first line has most of; a <c>sep=</c> line names it.</summary>
internal static class Csv
{
    private static readonly char[] Separators = [',', ';', '\t'];

    public static List<string[]> Read(string text)
    {
        char separator = ',';
        int start = 0;
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string first = (end < 0 ? text : text[..end]).TrimEnd('\r');
        if (first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && first.Length == 5)
        {
            separator = first[4];
            start = end < 0 ? text.Length : end + 1;
        }
        else
        {
            separator = Separators.MaxBy(s => first.Count(c => c == s));
        }

        var rows = new List<string[]>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = start; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                if (c != '"')
                    cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"')
                    cell.Append(text[++i]);
                else
                    quoted = false;
            }
            else if (c == '"' && cell.Length == 0)
            {
                quoted = true;
            }
            else if (c == separator)
            {
                EndCell();
            }
            else if (c == '\n')
            {
                EndRow();
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        if (cell.Length > 0 || cells.Count > 0)
            EndRow();
        return rows;

        void EndCell()
        {
            cells.Add(cell.ToString());
            cell.Clear();
        }

        void EndRow()
        {
            EndCell();
            rows.Add([.. cells]);
            cells.Clear();
        }
    }
}
