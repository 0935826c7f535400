namespace ParticipantMessaging.Http;

/// <summary>
/// Which items of a list came already. An id of hexadecimal digits, as nearly all are, is kept as the number that it is: a log of 200,000
/// events would hold 15 MB of texts otherwise.
/// </summary>
internal sealed class SeenKeys
{
    private const int MostDigits = 30;

    private readonly HashSet<UInt128> _numbers = [];
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>Notes a key.</summary>
    /// <returns>False when it was there.</returns>
    public bool Add(string key) => TryPack(key, out UInt128 number) ? _numbers.Add(number) : _texts.Add(key);

    private static bool TryPack(string key, out UInt128 number)
    {
        // The one before the digits keeps leading zeros.
        number = UInt128.One;
        if (key.Length is 0 or > MostDigits) return false;
        foreach (char c in key)
        {
            if (!char.IsAsciiHexDigitLower(c)) return false;
            number = (number << 4) | (uint)(c <= '9' ? c - '0' : c - 'a' + 10);
        }

        return true;
    }
}
