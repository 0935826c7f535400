using System.Management.Automation;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Shows what each person of a list would get: the same check as a send, and nothing is sent, asked or written.</summary>
[Cmdlet(VerbsDiagnostic.Test, "ParticipantMessage", DefaultParameterSetName = PeopleSet)]
[OutputType(typeof(MessagePreview))]
public sealed class TestParticipantMessageCommand : ListCmdlet
{
    private IMessageLedger? _ledger;
    private Previews? _previews;

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            LedgerSettings settings = LedgerAccess.Current;
            // A ledger that is not there yet knows nobody, and is not made for a look.
            if (settings.Kind != LedgerKind.File || File.Exists(settings.Path ?? LedgerSettings.DefaultPath))
            {
                _ledger = await LedgerAccess.OpenAsync(settings, this, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (MessagingException e)
        {
            await WriteWarningAsync($"Who has the message already cannot be told: {e.Message} {e.RecommendedAction}").ConfigureAwait(false);
        }

        _previews = new Previews(Options(), Accounts, _ledger, static finding => $"{finding.Message} {FindingAdvice.Of(finding)}");
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (RowCount == 0 && IsPiped) await WriteWarningAsync("No row came down the pipeline. Look at what the command before it gives.").ConfigureAwait(false);
        if (!Stream && Rows.Count > 0) await WriteObjectsAsync(await _previews!.OfListAsync(Rows, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        if (_ledger is not null) await _ledger.DisposeAsync().ConfigureAwait(false);
        _ledger = null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _ledger?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    private protected override async Task StreamAsync(SendRow row, CancellationToken cancellationToken)
        => await WriteObjectAsync(await _previews!.OfRowAsync(row, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
}
