namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A theory that needs PostgreSQL; skipped, and said so, where it is not installed.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.WhyNot;
}
