namespace ParticipantMessaging.Sending;

/// <summary>Finds the name that somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>The closest name by edit distance, case and punctuation aside.</summary>
    /// <param name="wanted">What was written.</param>
    /// <param name="names">What there is.</param>
    /// <returns>The closest; null when none is close.</returns>
    public static string? Find(string wanted, IEnumerable<string> names)
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
