using System.Globalization;

namespace ParticipantMessaging.KillCampaigns;

/// <summary>How often what happened: counted where it was seen to happen, not where it was drawn.</summary>
internal sealed class Figures
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public void Count(string what, long times = 1)
    {
        if (times > 0)
            _counts[what] = _counts.GetValueOrDefault(what) + times;
    }

    public long this[string what] => _counts.GetValueOrDefault(what);

    public void Add(Figures other)
    {
        foreach ((string? what, long times) in other._counts)
            Count(what, times);
    }

    public override string ToString() => string.Join(", ", _counts.Select(static c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value:N0}")));
}
