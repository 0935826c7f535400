using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Reads the ledger: who was sent what and when, newest first. It holds no texts.</summary>
[Cmdlet(VerbsCommon.Get, "SentMessage")]
[OutputType(typeof(SentMessage))]
public sealed class GetSentMessageCommand : ServiceCmdlet
{
    private readonly List<string> _people = [];

    /// <summary>Names of campaigns.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [NotBlank]
    public string[]? Campaign { get; set; }

    /// <summary>Participants.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
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

    /// <summary>Only what was sent before this date.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only over this account; wildcards are allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public override string? Account { get; set; }

    /// <summary>Only those who have it and of whom the service has no message since. Asks the service.</summary>
    [Parameter]
    public SwitchParameter NotReplied { get; set; }

    /// <summary>Fills RepliedAt. Asks the service.</summary>
    [Parameter]
    public SwitchParameter IncludeReply { get; set; }

    /// <summary>Prolific studies.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [ValidateNotNullOrEmpty]
    public string[]? StudyId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string person in ParticipantId ?? [])
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
        bool namesPeople = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId));
        var query = new LedgerQuery
        {
            Campaigns = Campaign,
            ParticipantIds = namesPeople ? _people : null,
            Statuses = Status ?? (NotReplied ? [MessageStatus.Sent, MessageStatus.Queued] : null),
            Since = Since,
            Before = Until,
            Accounts = Account is null ? null : [Account],
            StudyIds = StudyId,
        };
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            if (NotReplied || IncludeReply)
            {
                var entries = new List<SentMessage>();
                await foreach (SentMessage entry in ledger.QueryAsync(query with { IncludeSuperseded = !NotReplied }, cancellationToken).ConfigureAwait(false)) entries.Add(entry);
                await WithRepliesAsync(entries, cancellationToken).ConfigureAwait(false);
                return;
            }

            await foreach (SentMessage? entry in ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
                await WriteObjectAsync(entry).ConfigureAwait(false);
            await FlushAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    private protected override bool AccountIsFilter => true;

    private async Task WithRepliesAsync(List<SentMessage> entries, CancellationToken cancellationToken)
    {
        var unknown = new HashSet<SentMessage>();
        await ReplyLookup.FillAsync(
            entries,
            async (account, identity) => new ProlificClient(await ConnectToEntriesAsync(account, identity).ConfigureAwait(false)) { OnWait = Report },
            async (some, why) =>
            {
                unknown.UnionWith(some);
                await WriteWarningAsync(why).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await WriteObjectsAsync(NotReplied ? entries.FindAll(entry => entry.RepliedAt is null && !entry.IsTrial && !unknown.Contains(entry)) : entries).ConfigureAwait(false);
    }
}
