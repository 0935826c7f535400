using System.Management.Automation;
using System.Management.Automation.Host;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Sends messages to people, a group or all members; one receipt per row.</summary>
[Cmdlet(VerbsCommunications.Send, "ParticipantMessage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = PeopleSet)]
[OutputType(typeof(MessageReceipt))]
public sealed class SendParticipantMessageCommand : ListCmdlet
{
    private SendSession? _session;
    private SendConsole? _console;
    private UnsentFile? _unsent;
    private PSHost? _host;
    private bool _hasEnded;
    private bool _isWhatIf;

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        _isWhatIf = await OnPipelineAsync(() => HostAbilities.IsWhatIf(this)).ConfigureAwait(false);
        // A trial leaves nothing, and is not to take away what another run has left.
        if (UnsentPath is not null && !_isWhatIf && TestTo is null)
        {
            _unsent = UnsentFile.At(await OnPipelineAsync(() => GetUnresolvedProviderPathFromPSPath(UnsentPath)).ConfigureAwait(false));
            _unsent.Check(Force);
            if (_unsent.Abandoned is { } list)
                await WriteWarningAsync($"{list} is the list of a run that did not come to its end (killed, or stopped with -Stream), or holds people who were left before and whom a later list did not have. Whoever was still to be sent to stands in it: run its own command on it (with its campaign nobody gets a message twice), then delete it.").ConfigureAwait(false);
            // The rows of a stream are still to come, perhaps from this very file.
            if (Stream) _unsent.Begin();
        }

        SendOptions options = Options();
        _console = await OnPipelineAsync(() => new SendConsole(this, options, _unsent) { IsStream = Stream }).ConfigureAwait(false);
        _host = await OnPipelineAsync(() => Host).ConfigureAwait(false);
        _session = new SendSession(options, _console, Accounts, OpenLedgerAsync);
    }

    private async Task<IMessageLedger> OpenLedgerAsync(CancellationToken cancellationToken)
    {
        IMessageLedger ledger = await LedgerAccess.OpenAsync(this, cancellationToken).ConfigureAwait(false);
        await WriteVerboseAsync($"Ledger: {ledger.Location}.").ConfigureAwait(false);
        return ledger;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (RowCount == 0 && IsPiped) await WriteWarningAsync("No row came down the pipeline, so nobody was messaged. Look at what the command before it gives.").ConfigureAwait(false);
        try
        {
            if (!Stream) _unsent?.Prepare(Rows);
            if (Stream) await _session!.EndStreamAsync(cancellationToken).ConfigureAwait(false);
            else await _session!.SendListAsync(Rows, cancellationToken).ConfigureAwait(false);
            _hasEnded = true;
            _unsent?.Complete(_console!.IsRefused || _session!.SoFar.Total == 0);
            if (_unsent?.Others is { } others)
                await WriteWarningAsync($"{UnsentPath} held people whom this list does not have. What it held is in {others} now: send that file as well, then delete it.").ConfigureAwait(false);
        }
        finally
        {
            if (!_hasEnded) KeepLeft();
            _unsent?.Dispose();
            await _session!.DisposeAsync().ConfigureAwait(false);
        }

        await _console!.CompleteAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // A stream that was stopped never comes to its end; its ledger and its file are closed all the same.
        if (disposing)
        {
            _unsent?.Dispose();
            _session?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            if (!_hasEnded && !_isWhatIf && _session?.SoFar is { Total: > 0 } stop && !(_console is { HasErred: true } && stop.Sent + stop.Unknown == 0)) TellStop(stop);
        }

        base.Dispose(disposing);
    }

    private void KeepLeft()
    {
        try
        {
            if (Stream || _unsent is null) return;
            _unsent.AddLeft(_session!.Left());
            _unsent.Complete(_console!.IsRefused);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MessagingException)
        {
            // The ledger knows it as well: the same command goes on with the rest.
        }
    }

    // Ctrl+C, Select-Object -First, -ErrorAction Stop, in a block or between two: what is written to the pipeline is lost by now, the host shows it.
    private void TellStop(SendStop stop)
    {
        try
        {
            _host?.UI?.WriteWarningLine((stop with { IsOfStream = Stream }).Describe());
        }
        catch (Exception e) when (e is HostException or NotImplementedException or InvalidOperationException)
        {
            // A host without a screen.
        }
    }

    private protected override Task StreamAsync(SendRow row, CancellationToken cancellationToken) => _session!.SendRowAsync(row, cancellationToken);
}
