using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands;

/// <summary>
/// Starts a conversation with a participant, apart from the usual thread. The text is never taken from a piped object,
/// because a message that is piped has a text of its own.
/// </summary>
[Cmdlet(VerbsCommon.New, "MessageConversation", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MessageConversation))]
public sealed class NewMessageConversationCommand : ReadingCmdlet
{
    /// <summary>The participant.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "recipient_id", "SenderId", "sender_id")]
    [AllowNull]
    [AllowEmptyString]
    public string? ParticipantId { get; set; }

    /// <summary>The subject, 500 characters at most.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string Subject { get; set; } = "";

    /// <summary>The topic, one of Prolific's categories.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ArgumentCompleter(typeof(MessageCategoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string Topic { get; set; } = "";

    /// <summary>The study that it is about.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [AllowEmptyString]
    public string? StudyId { get; set; }

    /// <summary>The first message, 10,000 characters at most.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? Body { get; set; }

    /// <summary>The workspace that starts it, where workspaces can.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        string participant = ParticipantId ?? "";
        string? study = string.IsNullOrWhiteSpace(StudyId) ? null : StudyId;
        return GuardAsync(participant, async () =>
        {
            participant = IdShape.CheckRecipient(participant)!;
            study = IdShape.Check(study, "study", MessagingErrorReason.MissingStudy);
            string? workspace = IdShape.Check(WorkspaceId, "workspace");
            CheckTexts();
            ProlificClient client = await ConnectToProlificAsync("Use Send-ParticipantMessage for members of an Open Humans project.").ConfigureAwait(false);
            string what = Body is null ? "Start a conversation" : "Start a conversation and send its first message";
            if (!await ShouldProcessAsync($"{participant} (account '{client.Connection.Account}')", $"{what} with the subject '{Subject}'").ConfigureAwait(false)) return;
            IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false))
            {
                await WriteObjectAsync(await new ConversationStarter(client, ledger).StartAsync(participant, Subject, Topic, study, Body, workspace, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }
        });
    }

    private void CheckTexts()
    {
        if (string.IsNullOrWhiteSpace(Subject) || Subject.Length > ReadingLimits.SubjectLength || Subject.AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidSubject,
                $"The subject must be one line of 1 to {ReadingLimits.SubjectLength} characters; this one has {Subject.Length}.",
                "Shorten the subject, and put the rest into -Body.");
        }

        if (Body is null) return;
        if (string.IsNullOrWhiteSpace(Body)) throw new MessagingException(MessagingErrorReason.BlankText, "The text is blank.", "Give a text, or leave -Body out.");
        if (Body.Length > ReadingLimits.BodyLength)
        {
            throw new MessagingException(
                MessagingErrorReason.TextTooLong,
                string.Create(CultureInfo.InvariantCulture, $"The text has {Body.Length:N0} characters, but Prolific takes {ReadingLimits.BodyLength:N0} at most."),
                "Shorten the text.");
        }
    }
}
