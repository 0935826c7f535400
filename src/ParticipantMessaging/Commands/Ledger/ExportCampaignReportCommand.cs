using System.Management.Automation;
using System.Text;
using ParticipantMessaging.Campaigns;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Writes a campaign as one page of HTML: figures, sends and replies over time, who got it when and with what outcome.</summary>
[Cmdlet(VerbsData.Export, "CampaignReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportCampaignReportCommand : ServiceCmdlet
{
    /// <summary>Name of the campaign.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [Alias("Name")]
    [NotBlank]
    public string Campaign { get; set; } = "";

    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Only over this account; wildcards are allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AccountNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public override string? Account { get; set; }

    /// <summary>Leaves the replies out, and does not ask the service.</summary>
    [Parameter]
    public SwitchParameter NoReply { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override bool AccountIsFilter => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string path = await OnPipelineAsync(() => GetUnresolvedProviderPathFromPSPath(Path)).ConfigureAwait(false);
        if (Directory.Exists(path))
            throw new MessagingException(MessagingErrorReason.InvalidRequest, $"'{path}' is a folder.", "Give the file too, such as report.html.");
        if (File.Exists(path) && !Force)
        {
            throw Terminating(ErrorRecords.From(
                new MessagingException(MessagingErrorReason.InvalidRequest, $"There is a file '{path}' already.", "Choose another name, or replace it with -Force."),
                path,
                ErrorCategory.ResourceExists));
        }

        var query = new LedgerQuery { Campaigns = [Campaign], Accounts = Account is null ? null : [Account] };
        var all = new List<SentMessage>();
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            await foreach (SentMessage entry in ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false)) all.Add(entry);
        }

        IReadOnlyList<SentMessage> entries = CampaignReport.Choose(all);
        if (entries.Count == 0)
        {
            await WriteErrorAsync(
                new MessagingException(MessagingErrorReason.NotFound, $"The ledger knows no campaign '{Campaign}'.", "Get-MessageCampaign lists the campaigns; a campaign is meant by its whole name."),
                Campaign).ConfigureAwait(false);
            return;
        }

        if (!await ShouldProcessAsync(path, $"Write the report of campaign '{Campaign}' ({entries.Count} {(entries.Count == 1 ? "entry" : "entries")})").ConfigureAwait(false)) return;
        (bool hasReplies, string note) = NoReply ? (false, "") : await LookUpRepliesAsync(entries, cancellationToken).ConfigureAwait(false);
        var report = new CampaignReport
        {
            Campaign = entries[^1].Campaign,
            Entries = entries,
            HasReplies = hasReplies,
            Note = note,
            Texts = entries.Select(static entry => entry.BodyHash).Distinct().Count(),
            CreatedAt = DateTimeOffset.Now,
        };
        await OnPipelineAsync(() => Save(report, path)).ConfigureAwait(false);

        // As Get-Item gives it: the table of files shows mode, owner and size only of those.
        await WriteObjectAsync(await OnPipelineAsync(() => InvokeProvider.Item.Get([path], force: true, literalPath: true)[0]).ConfigureAwait(false)).ConfigureAwait(false);
    }

    // Whole or not at all: the old page stays until the new one is there.
    private static void Save(CampaignReport report, string path)
    {
        string draft = path + ".new";
        using (var writer = new StreamWriter(draft, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" }) report.Write(writer);
        File.Move(draft, path, overwrite: true);
    }

    // A page without replies is better than none: the reason stands on it.
    private async Task<(bool HasReplies, string Note)> LookUpRepliesAsync(IReadOnlyList<SentMessage> entries, CancellationToken cancellationToken)
    {
        if (entries.All(static entry => entry.Provider != nameof(MessagingProvider.Prolific))) return (false, "Open Humans does not tell a program who has replied.");
        var notes = new List<string>();
        try
        {
            await ReplyLookup.FillAsync(
                entries,
                async (account, identity) => new ProlificClient(await ConnectToEntriesAsync(account, identity).ConfigureAwait(false)) { OnWait = Report },
                (_, why) =>
                {
                    if (why.Length > 0) notes.Add(why);
                    return Task.CompletedTask;
                },
                cancellationToken).ConfigureAwait(false);
            return (true, string.Join(" ", notes.Distinct()));
        }
        catch (MessagingException error)
        {
            await WriteWarningAsync($"The report has no replies, because Prolific could not be asked for them. {error.Message} {error.RecommendedAction}").ConfigureAwait(false);
            return (false, $"Who has replied is not in this report, because Prolific could not be asked. {error.Message}");
        }
    }
}
