namespace ParticipantMessaging.Tests.Ledger;

/// <summary>Tests that share one PostgreSQL server.</summary>
[CollectionDefinition(PostgresServer.Collection)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>;
