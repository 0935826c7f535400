using System.ComponentModel;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A test case that is skipped when its class is about a ledger that cannot be had here.</summary>
public sealed class LedgerTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For de-serialisation only.")]
    public LedgerTestCase()
    {
    }

    public LedgerTestCase(
        IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method, object[]? arguments = null)
        : base(messages, display, displayOptions, method, arguments)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute)
        => base.GetSkipReason(factAttribute)
            ?? (TestMethod.TestClass.Class.Name.EndsWith(nameof(PostgresLedgerTests), StringComparison.Ordinal) ? PostgresServer.WhyNot : null);
}
