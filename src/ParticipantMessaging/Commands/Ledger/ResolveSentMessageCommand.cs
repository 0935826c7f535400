using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Resolving;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>
/// Settles entries whose outcome is unknown: looks the text up in the conversation (Prolific), or takes the user's word for it.
/// What is found is Sent; what is not there is Failed, so that the next run sends it.
/// </summary>
[Cmdlet(VerbsDiagnostic.Resolve, "SentMessage", SupportsShouldProcess = true, DefaultParameterSetName = EntrySet)]
[OutputType(typeof(SentMessage))]
public sealed class ResolveSentMessageCommand : ServiceCmdlet
{
    private const string EntrySet = "Entry";
    private const string CampaignSet = "Campaign";
    private const int MostNames = 1000;

    private readonly List<SentMessage> _entries = [];
    private readonly List<MessageReceipt> _receipts = [];
    private int _notUnknown;
    private int _tooEarly;

    /// <summary>Entries, as <c>Get-SentMessage</c> gives them, or receipts of a send.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EntrySet)]
    [AllowEmptyCollection]
    public PSObject[]? InputObject { get; set; }

    /// <summary>Campaigns whose unknown entries are meant, all of them.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CampaignSet)]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [NotBlank]
    public string[]? Campaign { get; set; }

    /// <summary>Settles them as this, without looking anything up.</summary>
    [Parameter]
    [ValidateSet(MessageStatus.Sent, MessageStatus.Failed)]
    public string? As { get; set; }

    /// <summary>Younger entries are left as they are: the message may not be listed yet.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan MinimumAge { get; set; } = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (PSObject? input in InputObject ?? [])
        {
            switch (input?.BaseObject)
            {
                case SentMessage entry:
                    _entries.Add(entry);
                    break;
                case MessageReceipt receipt:
                    _receipts.Add(receipt);
                    break;
                default:
                    await WriteErrorAsync(
                        new MessagingException(
                            MessagingErrorReason.InvalidRequest,
                            "This is neither an entry of the ledger nor a receipt, so nobody knows which message is meant.",
                            "Get the entries: Get-SentMessage -Status Unknown | Resolve-SentMessage, or name the campaign: Resolve-SentMessage -Campaign '<name>'."),
                        input).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            if (ParameterSetName == CampaignSet)
                await FindAsync(ledger, cancellationToken).ConfigureAwait(false);
            if (_receipts.Count > 0)
                await FindEntriesAsync(ledger, cancellationToken).ConfigureAwait(false);
            if (_entries.Count == 0)
            {
                await WarnOfNoCampaignAsync(ledger, cancellationToken).ConfigureAwait(false);
                await WriteVerboseAsync("No entry with unknown outcome is meant.").ConfigureAwait(false);
                return;
            }

            string action = As is null ? "Look up at the service and settle" : $"Settle as {As}, without looking it up";
            string target = string.Create(
                CultureInfo.InvariantCulture,
                $"{_entries.Count:N0} {(_entries.Count == 1 ? "message" : "messages")} of {string.Join(", ", _entries.Select(static entry => $"'{entry.Account}'").Distinct().Take(5))}");
            if (!await ShouldProcessAsync(target, action).ConfigureAwait(false))
                return;

            var resolver = new MessageResolver(ledger, entry => ConnectToAsync(entry, cancellationToken), MinimumAge);
            if (As is not null)
            {
                string status = string.Equals(As, MessageStatus.Sent, StringComparison.OrdinalIgnoreCase) ? MessageStatus.Sent : MessageStatus.Failed;
                foreach (Resolution resolution in await resolver.SettleByHandAsync(_entries, status, cancellationToken).ConfigureAwait(false))
                    await ReportAsync(resolution).ConfigureAwait(false);
            }
            else
            {
                await foreach (Resolution? resolution in resolver.ResolveAsync(_entries, cancellationToken).ConfigureAwait(false))
                    await ReportAsync(resolution).ConfigureAwait(false);
            }

            if (_tooEarly > 0)
            {
                await WriteWarningAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"It is too early to tell for {_tooEarly:N0} {(_tooEarly == 1 ? "message" : "messages")}: younger than {TimeText.Words(MinimumAge)}, so {(_tooEarly == 1 ? "it" : "they")} may not be listed yet. Try again later, or with a shorter -MinimumAge.")).ConfigureAwait(false);
            }

            if (_notUnknown > 0 && As is not null)
            {
                await WriteWarningAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_notUnknown:N0} {(_notUnknown == 1 ? "message is" : "messages are")} not Unknown and {(_notUnknown == 1 ? "was" : "were")} left as {(_notUnknown == 1 ? "it is" : "they are")}: -As settles only what nobody knows of. Send-ParticipantMessage -Force sends to somebody again.")).ConfigureAwait(false);
            }

            await FlushAsync().ConfigureAwait(false);
        }
    }

    private static string Recipient(SentMessage entry)
        => entry.ParticipantId.Length > 0 ? entry.ParticipantId : entry.GroupId == "*" ? "all members" : $"group {entry.GroupId}";

    private async Task FindAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        var query = new LedgerQuery { Campaigns = Campaign, Statuses = [MessageStatus.Unknown] };
        await foreach (SentMessage? entry in ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (Account is null || string.Equals(entry.Account, Account, StringComparison.OrdinalIgnoreCase))
                _entries.Add(entry);
        }
    }

    // What a receipt tells of is the entry of that person, study, campaign and text.
    private async Task FindEntriesAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        static (string, string, string, string, string) Key(string person, string group, string study, string campaign, string hash)
            => (person.ToUpperInvariant(), group.ToUpperInvariant(), study.ToUpperInvariant(), campaign.Trim().ToUpperInvariant(), hash);
        HashSet<(string, string, string, string, string)> wanted = [.. _receipts
            .Where(static receipt => receipt.Status == MessageStatus.Unknown)
            .Select(static receipt => Key(receipt.ParticipantId, receipt.GroupId, receipt.StudyId, receipt.Campaign, receipt.BodyHash))];
        _notUnknown += _receipts.Count(static receipt => receipt.Status != MessageStatus.Unknown);
        if (wanted.Count == 0) return;
        HashSet<long> known = [.. _entries.Select(static entry => entry.Id)];
        await foreach (SentMessage entry in ledger.QueryAsync(new LedgerQuery { Statuses = [MessageStatus.Unknown] }, cancellationToken).ConfigureAwait(false))
        {
            if (wanted.Contains(Key(entry.ParticipantId, entry.GroupId, entry.StudyId, entry.Campaign, entry.BodyHash)) && known.Add(entry.Id)) _entries.Add(entry);
        }
    }

    // A name with a slip in it would look like a campaign in which everything is settled.
    private async Task WarnOfNoCampaignAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        foreach (string campaign in Campaign ?? [])
        {
            if (await ledger.CountAsync(new LedgerQuery { Campaigns = [campaign] }, cancellationToken).ConfigureAwait(false) > 0)
                continue;
            IReadOnlyList<string> names = await ledger.GetCampaignNamesAsync(MostNames, cancellationToken).ConfigureAwait(false);
            string? near = names.FirstOrDefault(name => CampaignName.LookAlike(name, campaign)) ?? ColumnName.Nearest(campaign, names);
            string meant = near is null ? "Get-MessageCampaign shows which there are." : $"Perhaps {CampaignName.Describe(near)} is meant: -Campaign {CmdletNames.OfJob(Job.NameCampaign, near)}";
            await WriteWarningAsync($"The ledger has no entry of a campaign {CampaignName.Describe(campaign)}, so there is nothing to settle. {meant}").ConfigureAwait(false);
        }
    }

    private async Task<ProlificClient> ConnectToAsync(SentMessage entry, CancellationToken cancellationToken)
    {
        ServiceConnection connection = await ConnectAsync(entry.Account, entry).ConfigureAwait(false);
        var client = new ProlificClient(connection) { OnWait = Report };
        AccountIdentity identity = await AccountIdentities.Shared.FindAsync(
            connection, MessageGateways.Create()(connection).GetIdentityAsync, cancellationToken).ConfigureAwait(false);
        bool isKnown = entry.Identity.Contains("://", StringComparison.Ordinal);
        if (isKnown ? entry.Identity != identity.Key : !string.Equals(connection.Account, entry.Account, StringComparison.OrdinalIgnoreCase))
        {
            // Another account has other conversations: what is not found there may be sent all the same.
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The message was sent with '{entry.Account}'{(isKnown ? $" ({entry.Identity})" : "")}, so it cannot be looked up with '{connection.Account}'{(isKnown ? $" ({identity.Key})" : "")}.",
                "Leave -Account out, name an account of the same researcher at the same address, give the token that it was sent with, or settle it by hand with -As.");
        }

        return client;
    }

    private async Task ReportAsync(Resolution resolution)
    {
        SentMessage entry = resolution.Entry;
        switch (resolution.Kind)
        {
            case ResolutionKind.TooEarly:
                _tooEarly++;
                break;
            case ResolutionKind.NotUnknown:
                _notUnknown++;
                await WriteVerboseAsync($"Entry {entry.Id} is {entry.Status}: left as it is.").ConfigureAwait(false);
                break;
            case ResolutionKind.CannotTell:
                MessagingErrorReason reason = entry.Provider == nameof(MessagingProvider.OpenHumans) ? MessagingErrorReason.NotSupported : MessagingErrorReason.OutcomeUnknown;
                await WriteErrorAsync(
                    new MessagingException(reason, $"What became of the message to {Recipient(entry)} cannot be told. {resolution.Why}", "Settle it by hand: Resolve-SentMessage -As Sent, or -As Failed, which lets it be sent again."),
                    entry).ConfigureAwait(false);
                break;
            case ResolutionKind.NoAnswer:
                if (resolution.Error!.Reason == MessagingErrorReason.AuthenticationFailed)
                    throw Terminating(ErrorRecords.From(resolution.Error, entry));
                await WriteErrorAsync(resolution.Error, entry).ConfigureAwait(false);
                break;
        }

        await WriteObjectAsync(entry).ConfigureAwait(false);
    }
}
