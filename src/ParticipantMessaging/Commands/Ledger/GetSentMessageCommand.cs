using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Reads the ledger: who was sent what and when, newest first. It holds no texts.</summary>
[Cmdlet(VerbsCommon.Get, "SentMessage")]
[OutputType(typeof(SentMessage))]
public sealed class GetSentMessageCommand : AsyncCmdlet
{
    private readonly List<string> _people = [];

    /// <summary>Campaigns; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Campaign { get; set; }

    /// <summary>Participants.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("participant_id", "PROLIFIC_PID", "project_member_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ParticipantId { get; set; }

    /// <summary>Statuses.</summary>
    [Parameter]
    [ValidateSet(MessageStatus.Sending, MessageStatus.Sent, MessageStatus.Queued, MessageStatus.Failed, MessageStatus.Unknown)]
    public string[]? Status { get; set; }

    /// <summary>Only what was sent since this date, or within this length of time.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Accounts; wildcards are allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Account { get; set; }

    /// <summary>Prolific studies.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string[]? StudyId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (var person in ParticipantId ?? [])
        {
            if (!string.IsNullOrWhiteSpace(person))
                _people.Add(person);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        // People were asked for, if only by an empty pipeline: none of them is not everybody.
        var namesPeople = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId));
        var query = new LedgerQuery
        {
            Campaigns = Campaign,
            ParticipantIds = namesPeople ? _people : null,
            Statuses = Status,
            Since = Since,
            Accounts = Account,
            StudyIds = StudyId,
        };
        var ledger = await LedgerAccess.OpenAsync(OnPipelineAsync, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            await foreach (var entry in ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
                await WriteObjectAsync(entry).ConfigureAwait(false);
            await FlushAsync().ConfigureAwait(false);
        }
    }
}
