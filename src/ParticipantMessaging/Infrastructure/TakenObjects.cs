using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Writes an object and tells whether those behind in the pipeline have taken it.</summary>
internal static class TakenObjects
{
    /// <summary>
    /// Select-Object -First takes its last object and then ends the pipeline with the very exception that a failure behind gives;
    /// a failure also leaves a record in $Error, and then the object does not count as taken.
    /// </summary>
    /// <param name="cmdlet">The cmdlet that writes; on the pipeline thread.</param>
    /// <param name="value">The object.</param>
    /// <param name="taken">Called when it was taken, also when the pipeline ends at it.</param>
    public static void Write(PSCmdlet cmdlet, object? value, Action taken)
    {
        object? before = LatestError(cmdlet);
        try
        {
            cmdlet.WriteObject(value);
        }
        catch (Exception error) when (ErrorRecords.IsEngineFlow(error)
            || (error is PipelineStoppedException && !cmdlet.Stopping && ReferenceEquals(before, LatestError(cmdlet))))
        {
            taken();
            throw;
        }

        taken();
    }

    private static object? LatestError(PSCmdlet cmdlet)
        => cmdlet.SessionState.PSVariable.GetValue("global:Error") is System.Collections.IList { Count: > 0 } errors ? errors[0] : null;
}
