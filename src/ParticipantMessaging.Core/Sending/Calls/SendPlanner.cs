using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>Folds messages into calls: equal account, study and text go together, as many as the service takes; the others go singly.</summary>
public static class SendPlanner
{
    /// <summary>Plans the calls, in the order of their first rows.</summary>
    /// <param name="messages">The messages; no person twice with one text.</param>
    /// <param name="options">Batch size and pace.</param>
    /// <returns>The calls.</returns>
    public static IReadOnlyList<PlannedCall> Plan(IEnumerable<PreparedMessage> messages, SendOptions options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(options);
        var calls = new List<List<PreparedMessage>>();
        var open = new Dictionary<Key, int>();
        foreach (PreparedMessage message in messages)
        {
            // What answers a message goes into its conversation, alone.
            if (message.Kind != RecipientKind.Person || message.ConversationId.Length > 0 || message.ReplyTo.Count > 0)
            {
                calls.Add([message]);
                continue;
            }

            var key = new Key(message.Connection.CallKey, message.StudyId, message.Text.Hash);
            if (open.TryGetValue(key, out int at) && calls[at].Count < MostPeople(message.Connection.Provider, options))
            {
                calls[at].Add(message);
                continue;
            }

            open[key] = calls.Count;
            calls.Add([message]);
        }

        return calls.ConvertAll(static call => new PlannedCall(call));
    }

    /// <summary>
    /// The most people in one call: the service's limit, the batch size, and a second's worth of the pace. Over Open Humans one, unless a
    /// batch size is given: one member without an address ends a list there, silently (provider facts 12.6).
    /// </summary>
    /// <param name="provider">The service.</param>
    /// <param name="options">Batch size and pace.</param>
    /// <returns>At least 1.</returns>
    public static int MostPeople(MessagingProvider provider, SendOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int most = Math.Min(options.BatchSize ?? (provider == MessagingProvider.OpenHumans ? 1 : int.MaxValue), ProviderLimits.Bulk(provider));
        return options.PerMinute is { } pace ? Math.Max(1, Math.Min(most, pace / 60)) : most;
    }

    private readonly record struct Key(string Account, string StudyId, string Hash);
}

/// <summary>One call to a service: the same text, study and account for all its messages.</summary>
/// <param name="Messages">Whom it goes to: one person, several (a bulk call), one group, or all members.</param>
public sealed record PlannedCall(IReadOnlyList<PreparedMessage> Messages)
{
    /// <summary>The account.</summary>
    public ServiceConnection Connection => Messages[0].Connection;

    /// <summary>What it addresses.</summary>
    public RecipientKind Kind => Messages[0].Kind;

    /// <summary>The study; empty when there is none.</summary>
    public string StudyId => Messages[0].StudyId;

    /// <summary>What it says.</summary>
    public RenderedText Text => Messages[0].Text;

    /// <summary>How many people it reaches, as far as that is known.</summary>
    public long People => Kind == RecipientKind.Person ? Messages.Count : Messages[0].Recipients ?? 0;
}

/// <summary>What the services take.</summary>
public static class ProviderLimits
{
    /// <summary>People in one Prolific bulk message; the documented default, can differ per workspace.</summary>
    public const int ProlificBulk = 4000;

    /// <summary>
    /// Most people in one Open Humans call, when lists are asked for at all: the service states no limit, but its mail worker stops at the
    /// first member it cannot mail, and the rest of that list gets nothing (provider facts 12.6).
    /// </summary>
    public const int OpenHumansBulk = 500;

    /// <summary>Characters of a Prolific text; documented for conversations, assumed for the other sends.</summary>
    public const int ProlificTextLength = 10_000;

    /// <summary>The most people one call may carry.</summary>
    /// <param name="provider">The service.</param>
    /// <returns>The number.</returns>
    public static int Bulk(MessagingProvider provider) => provider == MessagingProvider.Prolific ? ProlificBulk : OpenHumansBulk;
}
