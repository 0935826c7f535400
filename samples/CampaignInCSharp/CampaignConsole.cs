using ParticipantMessaging;
using ParticipantMessaging.Sending;

namespace CampaignInCSharp;

/// <summary>Shows a send on the console: findings and errors as they come, receipts kept for a table.</summary>
internal sealed class CampaignConsole(bool mayAsk) : ISendConsole
{
    private readonly List<MessageReceipt> _receipts = [];

    public IReadOnlyList<MessageReceipt> Receipts => _receipts;

    public Task FindingAsync(Finding finding)
    {
        Console.Error.WriteLine($"{finding.Message} {finding.RecommendedAction}");
        return Task.CompletedTask;
    }

    public Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        foreach (SendResult result in results)
        {
            if (result.Error is { } error) Console.Error.WriteLine(result.Lead + error.Message);
            _receipts.Add(result.Receipt);
        }

        return Task.CompletedTask;
    }

    public Task ErrorAsync(MessagingException error, IReadOnlyList<SendRow> rows)
    {
        Console.Error.WriteLine($"{error.Message} {error.RecommendedAction}");
        return Task.CompletedTask;
    }

    public Task WarningAsync(string text)
    {
        Console.Error.WriteLine(text);
        return Task.CompletedTask;
    }

    public Task<ConfirmAnswer> ConfirmAsync(SendSummary summary)
    {
        Console.WriteLine(summary.Describe());
        Console.WriteLine();
        if (!mayAsk) return Task.FromResult(ConfirmAnswer.Yes);
        Console.Write("A sent message cannot be taken back. Send it? [y/N] ");
        return Task.FromResult(Console.ReadLine()?.Trim() is "y" or "Y" ? ConfirmAnswer.Yes : ConfirmAnswer.No);
    }

    // A list of people needs no second question; this sample sends to no group.
    public Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience) => Task.FromResult(false);

    public void Progress(SendProgress progress)
    {
    }
}
