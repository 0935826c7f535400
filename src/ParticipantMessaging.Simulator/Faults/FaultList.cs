using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>The faults that are switched on. The first rule that strikes wins.</summary>
public sealed class FaultList
{
    private readonly Lock _gate = new();
    private readonly Random _random;
    private FaultRule[] _rules = [];
    private Dictionary<string, Regex> _patterns = new(StringComparer.Ordinal);
    private int _next;

    internal FaultList(int seed)
    {
        _random = new Random(seed);
    }

    internal bool IsEmpty => Volatile.Read(ref _rules).Length == 0;

    /// <summary>The rules with their counts.</summary>
    public IReadOnlyList<FaultRule> All => Volatile.Read(ref _rules);

    /// <summary>Adds a rule and gives it back.</summary>
    public FaultRule Add(FaultRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        lock (_gate)
        {
            if (rule.Id.Length == 0)
                rule.Id = string.Create(CultureInfo.InvariantCulture, $"fault-{++_next}");
            if (rule.PathPattern is { } pattern)
            {
                _patterns = new Dictionary<string, Regex>(_patterns, StringComparer.Ordinal)
                {
                    [pattern] = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)),
                };
            }

            _rules = [.. _rules, rule];
        }

        return rule;
    }

    /// <summary>Takes a rule away; false when there is none of that name.</summary>
    public bool Remove(string id)
    {
        lock (_gate)
        {
            int before = _rules.Length;
            _rules = Array.FindAll(_rules, r => r.Id != id);
            return _rules.Length < before;
        }
    }

    /// <summary>Takes all rules away.</summary>
    public void Clear()
    {
        lock (_gate)
            _rules = [];
    }

    internal FaultRule? Match(SimRequest request)
    {
        foreach (FaultRule rule in Volatile.Read(ref _rules))
        {
            if (!Fits(rule, request))
                continue;
            lock (_gate)
            {
                if (Strikes(rule))
                    return rule;
            }
        }

        return null;
    }

    private bool Strikes(FaultRule rule)
    {
        int number = ++rule.Matched - rule.Skip;
        if (number <= 0 || rule.Count is { } count && rule.Struck >= count)
            return false;
        if (rule.Nth is { } nth && number != nth || rule.Every is { } every && number % Math.Max(1, every) != 0)
            return false;
        if (rule.Probability is { } probability && _random.NextDouble() >= probability)
            return false;
        rule.Struck++;
        return true;
    }

    private bool Fits(FaultRule rule, SimRequest request)
    {
        if (rule.Method is { } method && !string.Equals(method, request.Method, StringComparison.OrdinalIgnoreCase))
            return false;
        if (rule.PathPrefix is { } prefix && !request.Path.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        if (rule.PathPattern is { } pattern && !_patterns[pattern].IsMatch(request.Path + request.Context.Request.QueryString.Value))
            return false;
        return rule.BodyContains is not { } text || request.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    }
}
