using System.Globalization;
using System.Text;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>What is about to be sent over one account about one study, for the question before it.</summary>
public sealed class SendSummary
{
    private const int WholeTexts = 6;
    private const int TextsInFull = 3;

    private readonly List<TextShare> _texts;

    /// <summary>Sums messages up.</summary>
    /// <param name="messages">Messages of one account and study; not empty.</param>
    public SendSummary(IReadOnlyList<PreparedMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Messages = messages;
        People = SumOf(messages);
        _texts = CountTexts(messages);
    }

    /// <summary>The messages.</summary>
    public IReadOnlyList<PreparedMessage> Messages { get; }

    /// <summary>The account.</summary>
    public ServiceConnection Connection => Messages[0].Connection;

    /// <summary>The study; empty when there is none.</summary>
    public string StudyId => Messages[0].StudyId;

    /// <summary>How many people it reaches; null when the service did not say it of a group.</summary>
    public long? People { get; }

    /// <summary>How many different texts there are.</summary>
    public int DistinctTexts => _texts.Count;

    /// <summary>Who, which study and which account, in a few words.</summary>
    public string Target
    {
        get
        {
            PreparedMessage first = Messages[0];
            string who = Messages.Count == 1 && first.Kind == RecipientKind.Person
                ? $"participant {first.ParticipantId}"
                : Messages.Count == 1 && first.Kind == RecipientKind.Group
                    ? $"{(People is null ? "all people" : $"the {PeopleText(People)}")} of group {first.GroupId}"
                    : Messages.Count == 1 && first.Kind == RecipientKind.AllMembers
                        ? $"all {(People is null ? "people" : PeopleText(People))} of the project"
                        : PeopleText(People);
            string study = StudyId.Length > 0 ? $", study {StudyId}" : "";
            return $"{who}{study}, account '{Connection.Account}' ({Connection.Provider})";
        }
    }

    /// <summary>How many texts, and to whom, in a sentence.</summary>
    public string Headline => $"Send {(DistinctTexts == 1 ? "one text" : string.Create(CultureInfo.InvariantCulture, $"{DistinctTexts:N0} different texts"))} to {Target}.";

    /// <summary>The whole of it: who, and each distinct text with how many people get it.</summary>
    /// <param name="mostTexts">How many texts at the most.</param>
    /// <returns>Several lines.</returns>
    public string Describe(int mostTexts = int.MaxValue)
    {
        var text = new StringBuilder();
        text.Append(Headline);
        int shown = 0;
        // Forty texts of seven lines are read by nobody: the first ones stand as they are, the others on a line each.
        bool isMany = Math.Min(mostTexts, _texts.Count) > WholeTexts;
        foreach (TextShare share in _texts.Take(mostTexts))
        {
            text.AppendLine();
            string who = share.People == 1 && share.Example.Kind == RecipientKind.Person
                ? share.Example.Row.IsListed ? $"Row {share.Example.Row.Row}, {ShownText.Line(share.Example.ParticipantId)}" : ShownText.Line(share.Example.ParticipantId)
                : PeopleText(share.People);
            text.Append("--- ").Append(who).Append(':');
            if (isMany && shown++ >= TextsInFull)
            {
                if (share.Example.Text.Subject is { } title) text.Append(" [").Append(ShownText.Line(title)).Append(']');
                text.Append(' ').Append(ShownText.Lines(share.Example.Text.Body).ReplaceLineEndings(" ⏎ "));
                continue;
            }

            text.AppendLine();
            if (share.Example.Text.Subject is { } subject) text.Append("Subject: ").AppendLine(ShownText.Line(subject));
            text.Append(ShownText.Lines(share.Example.Text.Body));
        }

        if (_texts.Count > mostTexts) text.AppendLine().Append(CultureInfo.InvariantCulture, $"--- and {_texts.Count - mostTexts:N0} more texts ({Wording.By(Job.ShowAllTexts)} shows them all).");
        return text.ToString();
    }

    private static List<TextShare> CountTexts(IReadOnlyList<PreparedMessage> messages)
    {
        var texts = new List<TextShare>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (PreparedMessage message in messages)
        {
            // Equal texts share one object, mostly.
            int at = texts.Count - 1;
            if (at < 0 || !ReferenceEquals(texts[at].Example.Text, message.Text))
            {
                if (places.TryAdd(message.Text.Hash, texts.Count)) texts.Add(new TextShare(message, 0));
                at = places[message.Text.Hash];
            }

            texts[at] = texts[at] with { People = texts[at].People + message.Recipients };
        }

        return texts;
    }

    // One whose number is not known makes the sum unknown.
    private static long? SumOf(IReadOnlyList<PreparedMessage> messages)
    {
        long? sum = 0;
        foreach (PreparedMessage message in messages) sum += message.Recipients;
        return sum;
    }

    private static string PeopleText(long? people) => people switch
    {
        null => "an unknown number of people",
        1 => "1 person",
        { } number => string.Create(CultureInfo.InvariantCulture, $"{number:N0} people"),
    };

    private readonly record struct TextShare(PreparedMessage Example, long? People);
}
