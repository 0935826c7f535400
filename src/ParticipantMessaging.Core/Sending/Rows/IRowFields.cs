namespace ParticipantMessaging.Sending;

/// <summary>The named values of one row: the columns of a CSV line, the properties of an object. Names are compared without case.</summary>
public interface IRowFields
{
    /// <summary>The names, in their order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Looks a value up.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <param name="value">The value as text; null when it is null or there is no such name.</param>
    /// <returns>True when there is such a name, whatever its value.</returns>
    bool TryGetValue(string name, out string? value);
}
