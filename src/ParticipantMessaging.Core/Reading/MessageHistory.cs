using System.Globalization;
using System.Runtime.CompilerServices;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Reading;

/// <summary>What was written, by whom and when. The limits of the service are checked before a call is made.</summary>
public sealed class MessageHistory
{
    /// <summary>The other person; null for everybody, then <see cref="Since"/> is needed. Of a conversation: who it is with, if that is known.</summary>
    public string? ParticipantId { get; init; }

    /// <summary>Messages after this time, 30 days back at most; null for no limit, then <see cref="ParticipantId"/> is needed.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only about this study; null for all.</summary>
    public string? StudyId { get; init; }

    /// <summary>Senders to leave out, 10 at most.</summary>
    public IReadOnlyList<string> ExcludedSenderIds { get; init; } = [];

    /// <summary>One conversation instead of a history; then nothing else is required and the limits do not hold.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The workspace of the conversation; null for none.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Checks the limits.</summary>
    /// <param name="now">The present time.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>.</exception>
    public void Check(DateTimeOffset now)
    {
        if (ExcludedSenderIds.Count > ReadingLimits.ExcludedSenders)
        {
            throw Invalid(
                $"{ExcludedSenderIds.Count} senders are to be left out, but Prolific takes {ReadingLimits.ExcludedSenders} at most.",
                $"Leave out fewer senders, and filter the rest {Wording.By(Job.Filter, nameof(ParticipantMessage.SenderId))}.");
        }

        if (ExcludedSenderIds.FirstOrDefault(static s => string.IsNullOrWhiteSpace(s) || s.Contains(',', StringComparison.Ordinal)) is { } bad)
        {
            throw Invalid($"'{bad}' is not the id of a sender.", "Give each sender as an own value.");
        }

        if (!string.IsNullOrEmpty(ConversationId)) return;
        if (string.IsNullOrWhiteSpace(ParticipantId) && Since is null)
        {
            throw Invalid(
                "Prolific shows a history of one participant or since a time, and neither is given.",
                $"Give {Wording.Option("ParticipantId")}, or {Wording.Option("Since")} with a date or a length of time such as 7d, or {Wording.Option("ConversationId")}.");
        }

        // A minute of grace: "30d" was counted from a clock that has gone on since.
        if (Since is { } since && since < now - ReadingLimits.HistoryReach - TimeSpan.FromMinutes(1))
        {
            throw Invalid(
                string.Create(CultureInfo.InvariantCulture, $"Prolific's history reaches back 30 days, but {since:yyyy-MM-dd} is {(now - since).TotalDays:N0} days ago."),
                $"Give a later {Wording.Option("Since")}, or {Wording.Option("ParticipantId")} without {Wording.Option("Since")}.");
        }
    }

    /// <summary>Reads the history.</summary>
    /// <param name="client">The account.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The messages, oldest first, with direction and the other person as far as they can be told.</returns>
    /// <exception cref="MessagingException">A limit is not kept, or the call failed.</exception>
    public async IAsyncEnumerable<ParticipantMessage> ReadAsync(ProlificClient client, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        DateTimeOffset now = client.Clock.GetUtcNow();
        Check(now);
        bool conversation = !string.IsNullOrEmpty(ConversationId);
        var filter = new MessageFilter
        {
            StudyId = StudyId,
            ExcludedSenderIds = ExcludedSenderIds,
            Since = Since,
        };
        IAsyncEnumerable<ParticipantMessage> list = conversation
            ? client.GetConversationMessagesAsync(ConversationId!, WorkspaceId, cancellationToken)
            : client.GetMessagesAsync(ParticipantId?.Trim(), Reachable(now), ExcludedSenderIds, cancellationToken);
        var messages = new List<ParticipantMessage>();
        await foreach (ParticipantMessage message in list.ConfigureAwait(false)) messages.Add(message);
        string person = ParticipantId?.Trim() ?? "";
        if (messages.Count > 0 && (conversation || person.Length == 0))
        {
            string me = person.Length > 0 ? "" : await MessageSides.FindMeAsync(client, cancellationToken).ConfigureAwait(false);
            MessageSides.Tell(messages, me, person);
            await MessageSides.AskConversationsAsync(client, messages, WorkspaceId, me, cancellationToken).ConfigureAwait(false);
        }

        foreach (ParticipantMessage message in MessageSides.OldestFirst(messages, newestFirst: !conversation))
        {
            if (filter.Matches(message)) yield return message;
        }
    }

    /// <summary>The service's own clock decides what 30 days are: a few seconds are kept off the edge.</summary>
    private DateTimeOffset? Reachable(DateTimeOffset now)
    {
        DateTimeOffset edge = now - ReadingLimits.HistoryReach + TimeSpan.FromSeconds(10);
        return Since is { } since && since < edge ? edge : Since;
    }

    private static MessagingException Invalid(string message, string action) => new(MessagingErrorReason.InvalidRequest, message, action);
}
