using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Sums campaigns up: one object a campaign, account and study, newest first.</summary>
[Cmdlet(VerbsCommon.Get, "MessageCampaign")]
[OutputType(typeof(MessageCampaign))]
public sealed class GetMessageCampaignCommand : AsyncCmdlet
{
    private readonly List<string> _names = [];

    /// <summary>Names of campaigns.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [Alias("Name")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? Campaign { get; set; }

    /// <summary>Names of accounts; wildcards are allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Account { get; set; }

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

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        _names.AddRange((Campaign ?? []).Where(static name => !string.IsNullOrWhiteSpace(name)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        bool isNamed = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(Campaign));
        if (isNamed && _names.Count == 0) return;
        var query = new LedgerQuery { Campaigns = isNamed ? _names : null, Accounts = Account, Since = Since, Before = Until };
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
            await WriteObjectsAsync(await ledger.GetCampaignsAsync(query, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
