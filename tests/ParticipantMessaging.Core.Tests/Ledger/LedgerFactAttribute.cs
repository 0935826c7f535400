using Xunit.Sdk;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A test of the common contract: run for each kind of ledger, skipped for one that cannot be had here.</summary>
[XunitTestCaseDiscoverer("ParticipantMessaging.Tests.Ledger." + nameof(LedgerFactDiscoverer), "ParticipantMessaging.Core.Tests")]
public sealed class LedgerFactAttribute : FactAttribute;
