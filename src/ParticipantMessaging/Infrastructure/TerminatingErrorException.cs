using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Carries a terminating error from the body of a block to the pipeline thread.</summary>
internal sealed class TerminatingErrorException(ErrorRecord record) : Exception
{
    /// <summary>The error.</summary>
    public ErrorRecord Record { get; } = record;
}
