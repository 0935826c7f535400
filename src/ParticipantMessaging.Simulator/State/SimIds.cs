using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>Ids that follow from the seed alone: number n of a kind is the same however many are made.</summary>
public static class SimIds
{
    internal const uint KindParticipant = 1;
    internal const uint KindMember = 2;
    internal const uint KindStudy = 3;
    internal const uint KindSubmission = 4;
    internal const uint KindGroup = 5;
    internal const uint KindWorkspace = 6;
    internal const uint KindMessage = 7;
    internal const uint KindSecret = 8;
    internal const uint KindSubscription = 9;
    internal const uint KindEvent = 10;
    internal const uint KindResearcher = 11;
    internal const uint KindBroadcast = 12;

    /// <summary>24 hex digits, beginning like a time stamp as the provider's ids do.</summary>
    public static string Hex24(int seed, uint kind, long index)
    {
        ulong random = Mix(((ulong)(uint)seed << 32) ^ ((ulong)kind << 56) ^ (ulong)index);
        // A multiplication by an odd number is a bijection on 32 bits: no two of a kind can be the same.
        uint unique = unchecked(((uint)index + 7919u) * 2654435761u);
        return string.Create(24, (random, unique), static (span, s) =>
        {
            (0x5f000000u + (uint)(s.random % 0x08000000u)).TryFormat(span, out _, "x8", CultureInfo.InvariantCulture);
            ((uint)(s.random >> 32)).TryFormat(span[8..], out _, "x8", CultureInfo.InvariantCulture);
            s.unique.TryFormat(span[16..], out _, "x8", CultureInfo.InvariantCulture);
        });
    }

    /// <summary>8 digits; every tenth begins with a zero, every fiftieth with two.</summary>
    public static string Digits8(int seed, long index, int attempt)
    {
        ulong value = Mix(((ulong)(uint)seed << 32) ^ ((ulong)KindMember << 56) ^ (ulong)index ^ ((ulong)attempt << 48));
        ulong number = (index % 50) switch
        {
            13 => 100_000 + (value % 900_000),
            3 or 23 or 33 or 43 => 1_000_000 + (value % 9_000_000),
            _ => 10_000_000 + (value % 90_000_000),
        };
        return number.ToString("D8", CultureInfo.InvariantCulture);
    }

    /// <summary>The id of the default thread of two people: 64 hex digits.</summary>
    public static string Channel(string researcher, string participant) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(researcher + ":" + participant)));

    internal static ulong Mix(ulong z)
    {
        unchecked
        {
            z += 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
