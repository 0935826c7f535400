using System.Collections;
using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>The columns of a piped object: its properties, or the keys of a hashtable.</summary>
internal sealed class PSObjectFields(PSObject row) : IRowFields
{
    /// <summary>For messages to the user only: listing the properties makes PowerShell hang 1.4 KB onto the object, asking for one by its name nothing.</summary>
    public IReadOnlyCollection<string> Names => row.BaseObject is IDictionary table
        ? [.. table.Keys.OfType<string>()]
        : [.. row.Properties.Select(static p => p.Name)];

    public bool TryGetValue(string name, out string? value)
    {
        if (row.BaseObject is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                if (!string.Equals(entry.Key as string, name, StringComparison.OrdinalIgnoreCase)) continue;
                value = ToText(entry.Value);
                return true;
            }

            value = null;
            return false;
        }

        PSPropertyInfo? property = name.Length == 0 ? null : row.Properties[name];
        value = property is null ? null : ToText(Read(property));
        return property is not null;
    }

    private static object? Read(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            // A property that cannot be read holds nothing for a message.
            return null;
        }
    }

    private static string? ToText(object? value)
    {
        if (value is PSObject wrapped) value = wrapped.BaseObject;
        return value switch
        {
            null => null,
            string text => text,
            // A decimal comma or 3/2/2026 would be another number or day to some of the people.
            DateTime date => Iso(date),
            DateTimeOffset date => Iso(date.DateTime),
            DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TimeOnly clock => clock.ToString(clock.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            // As PowerShell itself would write it: a list with blanks between, not the name of its type.
            _ => LanguagePrimitives.ConvertTo<string>(value),
        };
    }

    private static string Iso(DateTime date) => date.ToString(
        date.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : date.Second == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss",
        CultureInfo.InvariantCulture);
}
