using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Shows where the ledger is. Does not open it.</summary>
[Cmdlet(VerbsCommon.Get, "MessageLedger")]
[OutputType(typeof(MessageLedger))]
public sealed class GetMessageLedgerCommand : AsyncCmdlet
{
    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
        => await WriteObjectAsync(LedgerAccess.Describe(new LedgerSettingsStore().Load())).ConfigureAwait(false);
}
