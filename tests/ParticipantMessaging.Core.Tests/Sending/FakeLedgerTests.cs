using ParticipantMessaging.Ledger;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>What the tests of sending use in place of a ledger keeps the ledger's contract.</summary>
public sealed class FakeLedgerTests : LedgerContract
{
    private FakeLedger? _ledger;

    private protected override async Task<IMessageLedger> OpenLedgerAsync()
    {
        _ledger ??= new FakeLedger(Time);
        await _ledger.OpenAsync(default);
        return _ledger;
    }
}
