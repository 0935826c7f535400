using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Shows a send on the pipeline: receipts, errors, questions, progress.</summary>
internal sealed class SendConsole(AsyncCmdlet pipeline, TimeProvider? time = null) : ISendConsole
{
    private const int ProgressId = 20_931;
    private const int FewPeople = 5;
    private const int TextsInQuestion = 3;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _lastProgress;
    private bool _hasProgress;

    public Task FindingAsync(Finding finding) => pipeline.WriteErrorAsync(ErrorRecords.From(
        new MessagingException(finding.Reason, finding.Message, finding.RecommendedAction), finding.Row.Source ?? finding.Row.Recipient.Id));

    public async Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        var receipts = new List<MessageReceipt>(results.Count);
        foreach (SendResult result in results)
        {
            if (result.Error is { } error)
            {
                await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
                receipts.Clear();
                string prefix = error.Message.StartsWith("Row ", StringComparison.Ordinal) ? "" : $"Row {result.Row.Row}: ";
                await pipeline.WriteErrorAsync(ErrorRecords.From(error, result.Row.Source ?? result.Row.Recipient.Id, prefix: prefix)).ConfigureAwait(false);
            }

            receipts.Add(result.Receipt);
        }

        await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
    }

    public Task ErrorAsync(MessagingException error, SendRow? row) => pipeline.WriteErrorAsync(ErrorRecords.From(error, row?.Source));

    public Task WarningAsync(string text) => pipeline.WriteWarningAsync(text);

    public Task<ConfirmAnswer> ConfirmAsync(SendSummary summary) => pipeline.OnPipelineAsync(() => pipeline.AskOrThrow(() =>
    {
        // The texts themselves are for -WhatIf and for the question: with -Verbose alone they would end in logs.
        string description = HostAbilities.IsWhatIf(pipeline) ? summary.Describe() : summary.Headline;
        string question = summary.Describe(TextsInQuestion);
        if (pipeline.ShouldProcess(ShownText.Lines(description), ShownText.Lines(question), ShownText.Line($"Send to {summary.Target}"), out ShouldProcessReason reason)) return ConfirmAnswer.Yes;
        return reason == ShouldProcessReason.WhatIf ? ConfirmAnswer.WhatIf : ConfirmAnswer.No;
    }));

    public Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience)
    {
        string count = audience.People is { } people ? $"{people:N0} people" : "an unknown number of people";
        string whom = message.Kind == RecipientKind.Group ? $"the group '{audience.Name}'" : $"the project '{audience.Name}'";
        return pipeline.ShouldContinueAsync(
            $"{whom[..1].ToUpperInvariant()}{whom[1..]} has {count}. A sent message cannot be taken back. Send it to all of them?",
            $"Send to {count} over account '{message.Connection.Account}'");
    }

    public void Progress(SendProgress progress)
    {
        if (progress.Total <= FewPeople) return;
        long now = _time.GetTimestamp();
        long last = Interlocked.Read(ref _lastProgress);
        if (last != 0 && _time.GetElapsedTime(last, now) < ProgressInterval) return;
        if (Interlocked.CompareExchange(ref _lastProgress, now, last) != last) return;
        _hasProgress = true;
        var record = new ProgressRecord(ProgressId, "Sending messages", $"{progress.Done:N0} of {progress.Total:N0} people, {progress.PerSecond:N1} a second")
        {
            PercentComplete = (int)(100L * progress.Done / Math.Max(1, progress.Total)),
            SecondsRemaining = progress.Left is { } left ? (int)Math.Min(left.TotalSeconds, int.MaxValue) : -1,
        };
        _ = ShowAsync(record);
    }

    /// <summary>Takes the progress bar away.</summary>
    public Task CompleteAsync() => _hasProgress
        ? pipeline.WriteProgressAsync(new ProgressRecord(ProgressId, "Sending messages", "Done") { RecordType = ProgressRecordType.Completed })
        : Task.CompletedTask;

    // A bar that cannot be shown (the pipeline has just ended) is no reason to fail.
    private async Task ShowAsync(ProgressRecord record)
    {
        try
        {
            await pipeline.WriteProgressAsync(record).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _hasProgress = false;
        }
    }
}
