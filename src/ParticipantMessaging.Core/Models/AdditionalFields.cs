namespace ParticipantMessaging;

/// <summary>Fields that a provider adds later, kept under their own names.</summary>
public static class AdditionalFields
{
    /// <summary>No such fields; shared, so that 200,000 objects do not hold 200,000 empty dictionaries.</summary>
    public static readonly IReadOnlyDictionary<string, object?> None
        = new Nothing();

    /// <summary>As text it is nothing, too: that is what a CSV file shows.</summary>
    private sealed class Nothing() : System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>(new Dictionary<string, object?>())
    {
        public override string ToString() => "";
    }
}
