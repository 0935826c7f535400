using System.Management.Automation;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>What <see cref="SendConsole"/> needs of the cmdlet; all of it happens on the pipeline thread.</summary>
internal interface ISendPipeline
{
    Task WriteObjectsAsync<T>(IReadOnlyList<T> values);

    Task WriteErrorAsync(ErrorRecord record);

    Task WriteWarningAsync(string text);

    Task WriteProgressAsync(ProgressRecord record);

    Task<ConfirmAnswer> ConfirmAsync(SendSummary summary, string caption);

    Task<bool> ShouldContinueAsync(string query, string caption);
}
