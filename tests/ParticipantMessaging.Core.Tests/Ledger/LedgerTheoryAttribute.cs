using Xunit.Sdk;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>As <see cref="LedgerFactAttribute"/>, with data.</summary>
[XunitTestCaseDiscoverer("ParticipantMessaging.Tests.Ledger." + nameof(LedgerTheoryDiscoverer), "ParticipantMessaging.Core.Tests")]
public sealed class LedgerTheoryAttribute : TheoryAttribute;
