using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Shows a send on the pipeline: receipts, errors, questions, progress.</summary>
internal sealed class SendConsole(AsyncCmdlet pipeline, UnsentFile? unsent = null, TimeProvider? time = null) : ISendConsole
{
    private const int ProgressId = 20_931;
    private const int FewPeople = 5;
    private const int TextsInQuestion = 3;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _lastProgress;
    private bool _hasProgress;
    private bool _cannotKeep;

    public Task FindingAsync(Finding finding) => pipeline.WriteErrorAsync(ErrorRecords.From(
        new MessagingException(finding.Reason, finding.Message, FindingAdvice.Of(finding)), Target(finding)));

    public async Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        await KeepUnsentAsync(results).ConfigureAwait(false);
        var receipts = new List<MessageReceipt>(results.Count);
        foreach (SendResult result in results)
        {
            if (result.Error is { } error)
            {
                await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
                receipts.Clear();
                string label = result.Row.Label;
                string prefix = label.Length == 0 || error.Message.StartsWith("Row ", StringComparison.Ordinal) || error.Message.StartsWith(label, StringComparison.Ordinal) ? "" : label + ": ";
                await pipeline.WriteErrorAsync(ErrorRecords.From(error, result.Row.Source ?? result.Row.Recipient.Id, prefix: prefix)).ConfigureAwait(false);
            }

            receipts.Add(result.Receipt);
        }

        await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
    }

    public Task ErrorAsync(MessagingException error, SendRow? row)
    {
        if (error.Reason == MessagingErrorReason.ListNotSent)
        {
            error = new MessagingException(error.Reason, error.Message, $"{error.RecommendedAction} Or send to the good rows alone with -SkipInvalid.", error);
        }

        return pipeline.WriteErrorAsync(ErrorRecords.From(error, row?.Source));
    }

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

    public void Waiting(DateTimeOffset until, TimeSpan left)
    {
        _hasProgress = true;
        string clock = TimeZoneInfo.ConvertTime(until, _time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        _ = ShowAsync(left > TimeSpan.Zero
            ? new ProgressRecord(ProgressId, "Waiting to send", $"Until {clock}, {(left.Days > 0 ? $"{left.Days} d " : "")}{left:hh\\:mm\\:ss} from now") { SecondsRemaining = (int)Math.Min(left.TotalSeconds, int.MaxValue) }
            : new ProgressRecord(ProgressId, "Waiting to send", "Now") { RecordType = ProgressRecordType.Completed });
    }

    /// <summary>Takes the progress bar away.</summary>
    public Task CompleteAsync() => _hasProgress
        ? pipeline.WriteProgressAsync(new ProgressRecord(ProgressId, "Sending messages", "Done") { RecordType = ProgressRecordType.Completed })
        : Task.CompletedTask;

    private static object Target(Finding finding) => finding.AlsoRows.Count == 0
        ? Target(finding.Row)
        : finding.AlsoRows.Prepend(finding.Row).Select(Target).ToArray();

    private static object Target(SendRow row) => row.Source ?? row.Recipient.Id;

    private async Task KeepUnsentAsync(IReadOnlyList<SendResult> results)
    {
        if (unsent is null || _cannotKeep) return;
        try
        {
            unsent.Add(results);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The receipts say it all the same; a file is no reason to lose one.
            _cannotKeep = true;
            await pipeline.WriteWarningAsync($"The file for what is not sent cannot be written any more: {e.Message} Keep the receipts instead.").ConfigureAwait(false);
        }
    }

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
