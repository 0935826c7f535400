using ParticipantMessaging.Sending;

namespace ParticipantMessaging.SendProbe;

/// <summary>Prints a receipt a line: status, participant, reason.</summary>
internal sealed class LineConsole : ISendConsole
{
    public Task FindingAsync(Finding finding) => PrintAsync($"FINDING {finding.Message}");

    public async Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        foreach (MessageReceipt receipt in results.Select(static r => r.Receipt))
        {
            await PrintAsync($"RECEIPT {receipt.Status} {receipt.ParticipantId} {receipt.Reason}").ConfigureAwait(false);
        }
    }

    public Task ErrorAsync(MessagingException error, IReadOnlyList<SendRow> rows) => PrintAsync($"ERROR {error.Message} {error.InnerException?.Message}");

    public Task WarningAsync(string text) => PrintAsync($"WARNING {text}");

    public Task<ConfirmAnswer> ConfirmAsync(SendSummary summary) => Task.FromResult(ConfirmAnswer.Yes);

    public Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience) => Task.FromResult(true);

    public void Progress(SendProgress progress)
    {
    }

    private static Task PrintAsync(string line) => Console.Out.WriteLineAsync(line);
}
