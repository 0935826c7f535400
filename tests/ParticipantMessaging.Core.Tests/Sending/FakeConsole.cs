using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

internal sealed class FakeConsole : ISendConsole
{
    public List<Finding> Findings { get; } = [];

    public List<SendResult> Results { get; } = [];

    public List<MessagingException> Errors { get; } = [];

    public List<IReadOnlyList<SendRow>> ErrorRows { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<SendSummary> Questions { get; } = [];

    private readonly TaskCompletionSource _isAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the first question was asked.</summary>
    public Task IsAsked => _isAsked.Task;

    public ConfirmAnswer Answer { get; set; } = ConfirmAnswer.Yes;

    public Func<Audience, bool> AnswerAudience { get; set; } = static _ => true;

    public Func<SendResult, Task> OnResult { get; set; } = static _ => Task.CompletedTask;

    public IEnumerable<MessageReceipt> Receipts => Results.Select(static r => r.Receipt);

    public Task FindingAsync(Finding finding)
    {
        Findings.Add(finding);
        return Task.CompletedTask;
    }

    public async Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        foreach (SendResult result in results)
        {
            Results.Add(result);
            await OnResult(result);
        }
    }

    public Task ErrorAsync(MessagingException error, IReadOnlyList<SendRow> rows)
    {
        Errors.Add(error);
        ErrorRows.Add(rows);
        return Task.CompletedTask;
    }

    public Task WarningAsync(string text)
    {
        Warnings.Add(text);
        return Task.CompletedTask;
    }

    public Task<ConfirmAnswer> ConfirmAsync(SendSummary summary)
    {
        Questions.Add(summary);
        _isAsked.TrySetResult();
        return Task.FromResult(Answer);
    }

    public Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience) => Task.FromResult(AnswerAudience(audience));

    public void Progress(SendProgress progress)
    {
    }
}
