namespace ParticipantMessaging.Tests.Ledger;

/// <summary>Tests of campaigns in processes that share one PostgreSQL server.</summary>
[CollectionDefinition(PostgresServer.Campaigns)]
public sealed class PostgresCampaignsCollection : ICollectionFixture<PostgresServer>;
