using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Reads what was written, the oldest first: with a participant, since a time, or in one conversation.</summary>
[Cmdlet(VerbsCommon.Get, "ParticipantMessage", DefaultParameterSetName = HistorySet)]
[OutputType(typeof(ParticipantMessage))]
public sealed class GetParticipantMessageCommand : ReadingCmdlet
{
    private const string HistorySet = "History";
    private const string IdSet = "ConversationId";
    private const string ConversationSet = "Conversation";

    /// <summary>The participant with whom the messages were exchanged.</summary>
    [Parameter(Position = 0, ParameterSetName = HistorySet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "user_id", "SenderId", "sender_id")]
    [AllowNull]
    [AllowEmptyString]
    public string? ParticipantId { get; set; }

    /// <summary>Messages since this date, or of this length of time back from now; 30 days at most.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only messages about this study.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string? StudyId { get; set; }

    /// <summary>Senders whose messages are left out, 10 at most; one's own id, say.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("excluded_sender_ids")]
    [ValidateNotNullOrEmpty]
    public string[]? ExcludeSenderId { get; set; }

    /// <summary>The conversation whose messages are read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ConversationIdCompleter))]
    [Alias("conversation_id", "channel_id")]
    [ValidateNotNullOrEmpty]
    public string? ConversationId { get; set; }

    /// <summary>The conversation, as Get-MessageConversation gives it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ConversationSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public MessageConversation? Conversation { get; set; }

    /// <summary>The workspace of the conversation.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = ConversationSet)]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        bool history = ParameterSetName == HistorySet;
        string? participant = history ? ParticipantId : string.IsNullOrEmpty(Conversation?.ParticipantId) ? null : Conversation.ParticipantId;
        string? conversation = history ? null : Conversation?.Id ?? ConversationId;
        bool named = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId));
        return GuardAsync(conversation ?? participant, async () =>
        {
            if (history && named) participant = IdShape.Check(participant ?? "", "participant", MessagingErrorReason.InvalidRecipient);
            var query = new MessageHistory
            {
                ParticipantId = participant,
                Since = Since,
                StudyId = IdShape.Check(StudyId, "study", MessagingErrorReason.MissingStudy),
                ExcludedSenderIds = ExcludeSenderId ?? [],
                ConversationId = conversation,
                WorkspaceId = WorkspaceId,
            };
            query.Check(TimeProvider.System.GetUtcNow());
            ProlificClient client = await ConnectToProlificAsync(
                "Open Humans keeps no history of messages; Get-SentMessage shows what this computer sent.").ConfigureAwait(false);
            await WriteAllAsync(query.ReadAsync(client, cancellationToken)).ConfigureAwait(false);
        });
    }
}
