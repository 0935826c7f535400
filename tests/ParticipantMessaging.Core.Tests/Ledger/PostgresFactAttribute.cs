namespace ParticipantMessaging.Tests.Ledger;

/// <summary>A test that needs PostgreSQL; skipped, and said so, where it is not installed.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.WhyNot;
}
