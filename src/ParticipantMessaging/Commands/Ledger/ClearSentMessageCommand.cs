using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Deletes entries from the ledger, for good: what it no longer knows, it cannot keep from being sent again.</summary>
[Cmdlet(VerbsCommon.Clear, "SentMessage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearSentMessageCommand : AsyncCmdlet
{
    private const int MostNamed = 5;
    private readonly List<string> _people = [];

    /// <summary>Deletes what was sent before this date, or longer ago than this length of time.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [Since]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Deletes entries of these campaigns.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [NotBlank]
    public string[]? Campaign { get; set; }

    /// <summary>Deletes what is kept of these people.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BlockedIdCompleter))]
    [Alias("participant_id", "PROLIFIC_PID", "project_member_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ParticipantId { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        _people.AddRange((ParticipantId ?? []).Where(static id => !string.IsNullOrWhiteSpace(id)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        // People were asked for, if only by an empty pipeline: none of them is not everybody.
        bool namesPeople = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId));
        if (Before is null && Campaign is null && !namesPeople)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "Nothing says what is to be deleted.",
                "Give -Before (a date, or an age such as 365d), -Campaign or -ParticipantId, or several of them. To delete really everything: -Before (Get-Date).");
        }

        var query = new LedgerQuery { Before = Before, Campaigns = Campaign, ParticipantIds = namesPeople ? _people : null };
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            await WarnOfNothingAsync(ledger, cancellationToken).ConfigureAwait(false);
            long count = await ledger.CountAsync(query, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                await WriteVerboseAsync("No entry is meant; nothing was deleted.").ConfigureAwait(false);
                return;
            }

            long unknown = await ledger.CountAsync(query with { Statuses = [MessageStatus.Unknown] }, cancellationToken).ConfigureAwait(false);
            string what = string.Create(
                CultureInfo.InvariantCulture,
                $"Delete {count:N0} {(count == 1 ? "entry" : "entries")} for good{(unknown > 0 ? $", {unknown:N0} of them with unknown outcome" : "")}{Describe()}. Whoever is in them can be messaged again");
            if (!await ShouldProcessAsync(ledger.Location, what).ConfigureAwait(false))
                return;

            IReadOnlyList<BlockedParticipant> blocked = namesPeople ? await ledger.GetBlockedAsync(_people, null, cancellationToken).ConfigureAwait(false) : [];
            long deleted = await ledger.ClearAsync(query, cancellationToken).ConfigureAwait(false);
            await WriteVerboseAsync(string.Create(CultureInfo.InvariantCulture, $"{deleted:N0} {(deleted == 1 ? "entry was" : "entries were")} deleted from {ledger.Location}.")).ConfigureAwait(false);
            if (blocked.Count > 0)
                await WriteVerboseAsync($"{(blocked.Count == 1 ? "1 of them stays" : $"{blocked.Count} of them stay")} blocked; Unblock-Participant ends that.").ConfigureAwait(false);
            if (deleted < count)
            {
                await WriteWarningAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{count - deleted:N0} of {count:N0} entries were left, because a run that is at work holds them.")).ConfigureAwait(false);
            }
        }
    }

    // A name that was mistyped, or a person who is in another ledger, would pass for deleted.
    private async Task WarnOfNothingAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (string campaign in Campaign ?? [])
        {
            if (await ledger.CountAsync(new LedgerQuery { Campaigns = [campaign] }, cancellationToken).ConfigureAwait(false) == 0)
                missing.Add($"campaign '{campaign}'");
        }

        if (_people.Count > 0)
        {
            var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            await foreach (SentMessage entry in ledger.QueryAsync(new LedgerQuery { ParticipantIds = _people }, cancellationToken).ConfigureAwait(false))
                known.Add(entry.ParticipantId);
            missing.AddRange(_people.Select(static id => id.Trim()).Distinct(StringComparer.OrdinalIgnoreCase).Where(id => !known.Contains(id)));
        }

        if (missing.Count == 0)
            return;
        string more = missing.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {missing.Count - MostNamed:N0} more") : "";
        await WriteWarningAsync($"There is nothing of {string.Join(", ", missing.Take(MostNamed))}{more} in the ledger.").ConfigureAwait(false);
    }

    private string Describe()
        => (_people.Count == 0 ? "" : _people.Count == 1 ? $", of {_people[0]}" : $", of {_people.Count} people")
            + (Campaign is null ? "" : $", campaign {string.Join(", ", Campaign.Select(static name => $"'{name}'"))}")
            + (Before is { } before ? $", sent before {TimeText.Shown(before)}" : "");
}
