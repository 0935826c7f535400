namespace ParticipantMessaging.Sending;

/// <summary>A row that is nothing but an id.</summary>
public sealed class NoFields : IRowFields
{
    /// <summary>The one instance.</summary>
    public static readonly NoFields Instance = new();

    private NoFields()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => [];

    /// <inheritdoc/>
    public bool TryGetValue(string name, out string? value)
    {
        value = null;
        return false;
    }
}
