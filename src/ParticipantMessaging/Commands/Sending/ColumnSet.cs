using System.Management.Automation;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>
/// The columns of a row. Rows of one CSV file share one: asking PowerShell for a property that is not there is dear, and a row is
/// asked for a dozen of them.
/// </summary>
internal sealed class ColumnSet
{
    private readonly string[] _names;
    private readonly HashSet<string> _set;

    private ColumnSet(string[] names)
    {
        _names = names;
        _set = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The columns of a row: the last row's when they are the same.</summary>
    public static ColumnSet Of(PSObject row, ColumnSet? last)
    {
        if (last is not null && last.Fits(row)) return last;
        return new ColumnSet([.. row.Properties.Select(static p => p.Name)]);
    }

    public bool Contains(string name) => _set.Contains(name);

    private bool Fits(PSObject row)
    {
        int at = 0;
        foreach (PSPropertyInfo property in row.Properties)
        {
            if (at == _names.Length || !string.Equals(property.Name, _names[at], StringComparison.Ordinal)) return false;
            at++;
        }

        return at == _names.Length;
    }
}
