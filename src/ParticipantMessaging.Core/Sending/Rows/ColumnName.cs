using System.Globalization;

namespace ParticipantMessaging.Sending;

/// <summary>
/// Names of columns as people and programs write them: <c>participant_id</c>, <c>Participant ID</c>, <c>participant.id</c> and
/// <c>"participant_id "</c> with a no-break space behind it are one name.
/// </summary>
public static class ColumnName
{
    /// <summary>The name without case, white space, characters that nobody sees, <c>_</c>, <c>-</c> and <c>.</c>.</summary>
    /// <param name="name">The name.</param>
    /// <returns>What is compared; empty when nothing is left.</returns>
    public static string Key(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<char> key = name.Length <= 256 ? stackalloc char[name.Length] : new char[name.Length];
        int length = 0;
        bool isAscii = true;
        foreach (char c in name)
        {
            if (Counts(c)) key[length++] = char.ToLowerInvariant(c);
            isAscii &= c < 128;
        }

        string made = new(key[..length]);
        if (isAscii) return made;
        try
        {
            // Macs write é as two characters.
            return made.Normalize();
        }
        catch (ArgumentException)
        {
            return made;
        }
    }

    /// <summary>Whether two names are one.</summary>
    /// <param name="a">A name.</param>
    /// <param name="b">Another one.</param>
    /// <returns>True when they are.</returns>
    public static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase) || (Key(a) is { Length: > 0 } key && key == Key(b));

    /// <summary>The name as it may be shown: without what nobody sees around it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name.</returns>
    public static string Show(string name) => ShownText.Line(FieldText.Trim(name));

    /// <summary>The closest name by edit distance, case and punctuation aside.</summary>
    /// <param name="wanted">What was written.</param>
    /// <param name="names">What there is.</param>
    /// <returns>The closest; null when none is close.</returns>
    public static string? Nearest(string wanted, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(names);
        string key = Simplify(wanted);
        if (key.Length is 0 or > 100) return null;
        string? best = null;
        int least = int.MaxValue;
        foreach (string name in names)
        {
            string candidate = Simplify(name);
            if (candidate.Length > 100) continue;
            int distance = Distance(key, candidate);
            if (distance < least)
            {
                least = distance;
                best = name;
            }
        }

        return best is not null && least <= Math.Max(1, key.Length / 3) ? best : null;
    }

    private static bool Counts(char c) => c < 128
        // A null character stays: a file of UTF-16 that is read as another has one behind every letter, and is to be named for that.
        ? (c > ' ' && c is not ('_' or '-' or '.' or '\u007F')) || c == '\0'
        : char.GetUnicodeCategory(c) is not (UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.DashPunctuation or UnicodeCategory.ConnectorPunctuation);

    private static string Simplify(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    // Two neighbours swapped count as one slip of the finger.
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}

/// <summary>Finds columns by loosely written names, and remembers how they are spelt: the next row of a list mostly spells them alike.</summary>
internal sealed class ColumnFinder
{
    private readonly Dictionary<string, List<string>> _spellings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks a value up.</summary>
    /// <param name="fields">The row.</param>
    /// <param name="wanted">The name as it was written.</param>
    /// <param name="value">The value as text.</param>
    /// <returns>The column's own name; null when there is none.</returns>
    public string? Find(IRowFields fields, string wanted, out string? value)
    {
        if (fields.TryGetValue(wanted, out value)) return wanted;
        if (!_spellings.TryGetValue(wanted, out List<string>? spellings)) _spellings.Add(wanted, spellings = []);
        foreach (string spelling in spellings)
        {
            if (fields.TryGetValue(spelling, out value)) return spelling;
        }

        string key = ColumnName.Key(wanted);
        if (key.Length == 0) return null;
        foreach (string name in fields.Names)
        {
            if (ColumnName.Key(name) != key || !fields.TryGetValue(name, out value)) continue;
            spellings.Add(name);
            return name;
        }

        value = null;
        return null;
    }
}
