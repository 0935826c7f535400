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
        _texts = CountTexts(messages);
        People = CountPeople(messages, _texts.Count);
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
            string who = first.Kind switch
            {
                _ when Messages.Count > 1 => PeopleText(People),
                RecipientKind.Person => $"participant {first.ParticipantId}",
                RecipientKind.Group => $"{(People is null ? "all people" : $"the {PeopleText(People)}")} of group {first.GroupId}",
                _ => $"{(People is null ? "all people" : $"the {PeopleText(People)}")} of the project '{first.Audience?.Name}'",
            };
            string study = StudyId.Length > 0 ? $", study {StudyId}" : "";
            return $"{who}{study}, account '{Connection.Account}' ({(Connection.Provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans")})";
        }
    }

    /// <summary>How many texts, and to whom, in a sentence.</summary>
    public string Headline
    {
        get
        {
            string texts = DistinctTexts == 1 ? "one text" : string.Create(CultureInfo.InvariantCulture, $"{DistinctTexts:N0} different texts");
            // Somebody gets more than one.
            bool isMore = Messages[0].Kind == RecipientKind.Person && Messages.Count > People;
            return isMore ? string.Create(CultureInfo.InvariantCulture, $"Send {Messages.Count:N0} messages ({texts}) to {Target}.") : $"Send {texts} to {Target}.";
        }
    }

    /// <summary>The whole of it: who, and each distinct text with how many people get it.</summary>
    /// <param name="mostTexts">How many texts at the most.</param>
    /// <param name="notes">What else there is to know; it stands before the texts, or it would read like the end of the last one.</param>
    /// <returns>Several lines.</returns>
    public string Describe(int mostTexts = int.MaxValue, IReadOnlyList<string>? notes = null)
    {
        var text = new StringBuilder();
        text.Append(Headline);
        foreach (string note in notes ?? []) text.AppendLine().Append(note);
        if (Connection.Provider == MessagingProvider.OpenHumans && _texts.Exists(static share => OpenHumansText.HasOwn(share.Example.Text.Body)))
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"Open Humans replaces {{{{ {OpenHumansText.OwnPlaceholder} }}}} by each person's own id.");
        }

        int shown = 0;
        // Forty texts of seven lines are read by nobody: the first ones stand as they are, the others on a line each.
        bool isMany = Math.Min(mostTexts, _texts.Count) > WholeTexts;
        foreach (TextShare share in _texts.Take(mostTexts))
        {
            text.AppendLine();
            text.Append("--- ").Append(Whom(share)).Append(':');
            if (isMany && shown++ >= TextsInFull)
            {
                if (share.Example.Text.Subject is { } title) text.Append(" [").Append(ShownText.Line(title)).Append(']');
                text.Append(' ').Append(string.Join(" ⏎", ShownText.Lines(share.Example.Text.Body).ReplaceLineEndings("\n").Split('\n').Select(static line => line.Length > 0 ? " " + line : "")).TrimStart());
                continue;
            }

            text.AppendLine();
            if (share.Example.Text.Subject is { } subject) text.Append("Subject: ").AppendLine(ShownText.Line(subject));
            text.Append(ShownText.Lines(share.Example.Text.Body));
        }

        if (_texts.Count > mostTexts) text.AppendLine().Append(CultureInfo.InvariantCulture, $"--- and {_texts.Count - mostTexts:N0} more ({Wording.By(Job.ShowAllTexts)} shows all texts).");
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
                if (places.TryAdd(message.Text.Hash, texts.Count)) texts.Add(new TextShare(message, 0, 0));
                at = places[message.Text.Hash];
            }

            texts[at] = texts[at] with { People = texts[at].People + message.Recipients, Messages = texts[at].Messages + 1 };
        }

        return texts;
    }

    private static string Whom(TextShare share)
    {
        PreparedMessage first = share.Example;
        string id = ShownText.Line(first.ParticipantId);
        return first.Kind switch
        {
            _ when share.IsMany => PeopleText(share.People),
            RecipientKind.Group => $"The group '{ShownText.Line(first.Audience?.Name)}', {PeopleText(share.People)}",
            RecipientKind.AllMembers => $"The project '{ShownText.Line(first.Audience?.Name)}', {PeopleText(share.People)}",
            _ when !first.Row.IsListed => id,
            _ when first.IsTrial => $"The text of row {first.Row.Row}, for {id}",
            _ => $"Row {first.Row.Row}, {id}",
        };
    }

    // One whose number is not known makes the sum unknown. Nobody is there twice with one text.
    private static long? CountPeople(IReadOnlyList<PreparedMessage> messages, int texts)
    {
        if (texts > 1 && messages[0].Kind == RecipientKind.Person) return messages.Select(static m => m.RecipientKey).Distinct(StringComparer.Ordinal).Count();
        long? sum = 0;
        foreach (PreparedMessage message in messages) sum += message.Recipients;
        return sum;
    }

    /// <summary>A head count in words.</summary>
    internal static string PeopleText(long? people) => people switch
    {
        null => "an unknown number of people",
        1 => "1 person",
        { } number => string.Create(CultureInfo.InvariantCulture, $"{number:N0} people"),
    };

    private readonly record struct TextShare(PreparedMessage Example, long? People, int Messages)
    {
        public bool IsMany => Messages > 1;
    }
}
