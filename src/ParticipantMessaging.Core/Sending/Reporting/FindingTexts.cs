using System.Collections.ObjectModel;

namespace ParticipantMessaging.Sending;

/// <summary>Sentences that are one text where a cell takes no list, as in a CSV file.</summary>
/// <param name="texts">The sentences.</param>
internal sealed class FindingTexts(IList<string> texts) : ReadOnlyCollection<string>(texts)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', this);
}
