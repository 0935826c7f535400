namespace ParticipantMessaging.Ledger;

/// <summary>What holds the ledger.</summary>
public enum LedgerKind
{
    /// <summary>A file on this computer (SQLite), for one or several processes.</summary>
    File,

    /// <summary>A PostgreSQL database, for several computers or runbook workers.</summary>
    PostgreSql,
}
