using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Shows a send on the pipeline: receipts, errors, questions, progress.</summary>
internal sealed class SendConsole(AsyncCmdlet pipeline, SendOptions? options = null, UnsentFile? unsent = null, TimeProvider? time = null) : ISendConsole
{
    private const int ProgressId = 20_931;
    private const int FewPeople = 5;
    private const int TextsInQuestion = 3;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _lastProgress;
    private bool _isOfRows;
    private bool _hasProgress;
    private bool _cannotKeep;
    private readonly Dictionary<object, (MessagingException Stop, List<SendResult> Kept)> _stops = [];

    /// <summary>Rows come one by one, and there may be no last one: what stops them is told at the first.</summary>
    public bool IsStream { get; init; }

    /// <summary>An error was written: where nothing had been sent, it is what ended a send with <c>-ErrorAction Stop</c>, and nobody stopped anything.</summary>
    public bool HasErred { get; private set; }

    /// <summary>A question was answered with no.</summary>
    public bool IsRefused { get; private set; }

    public Task FindingAsync(Finding finding)
    {
        HasErred = true;
        _isOfRows |= !finding.IsOfWholeList;
        return pipeline.WriteErrorAsync(ErrorRecords.From(new MessagingException(finding.Reason, finding.Message, FindingAdvice.Of(finding)), Target(finding)));
    }

    public async Task ResultsAsync(IReadOnlyList<SendResult> results)
    {
        await KeepUnsentAsync(results).ConfigureAwait(false);
        var receipts = new List<MessageReceipt>(results.Count);
        foreach (SendResult result in results)
        {
            if (result.Stop is { } stop && !IsStream)
            {
                HasErred = true;
                KeepStop(stop, result);
            }
            else if (result.Error is { } error)
            {
                HasErred = true;
                await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
                receipts.Clear();
                await pipeline.WriteErrorAsync(ErrorRecords.From(error, Target(result), prefix: Lead(result))).ConfigureAwait(false);
            }

            receipts.Add(result.Receipt);
        }

        await pipeline.WriteObjectsAsync(receipts).ConfigureAwait(false);
    }

    private static object Target(SendResult result) => result.SharesErrorWith.Count > 1
        ? result.SharesErrorWith.Select(Target).ToArray()
        : Target(result.Row);

    // What stops everything is no row's fault.
    private static string Lead(SendResult result) => result.Stop is not null && !IsOfService(result.Error!) ? "" : result.Lead;

    public Task ErrorAsync(MessagingException error, IReadOnlyList<SendRow> rows)
    {
        HasErred = true;
        if (error.Reason == MessagingErrorReason.ListNotSent && _isOfRows)
        {
            error = new MessagingException(error.Reason, error.Message, $"{error.RecommendedAction} Or send to the good rows alone with -SkipInvalid.", error);
        }

        return pipeline.WriteErrorAsync(ErrorRecords.From(error, rows.Count > 1 ? rows.Select(Target).ToArray() : rows.Count == 1 ? rows[0].Source : null));
    }

    public Task WarningAsync(string text) => pipeline.WriteWarningAsync(text);

    public Task<ConfirmAnswer> ConfirmAsync(SendSummary summary) => pipeline.OnPipelineAsync(() => pipeline.AskOrThrow(() =>
    {
        // The texts themselves are for -WhatIf and for the question: with -Verbose alone they would end in logs.
        bool isWhatIf = HostAbilities.IsWhatIf(pipeline);
        List<string> notes = [.. options is null ? [] : When(options)];
        if (options?.TestTo is { Length: > 0 }) notes.Insert(0, "A trial: it counts for no campaign.");
        string question = summary.Describe(TextsInQuestion, notes);
        if (isWhatIf && summary.DistinctTexts > FewPeople) notes.Add("Test-ParticipantMessage gives the texts as objects.");
        string description = isWhatIf ? summary.Describe(notes: notes) : string.Join('\n', notes.Prepend(summary.Headline));
        if (pipeline.ShouldProcess(ShownText.Lines(description), ShownText.Lines(question), ShownText.Line($"Send to {summary.Target}"), out ShouldProcessReason reason)) return ConfirmAnswer.Yes;
        if (reason == ShouldProcessReason.WhatIf) return ConfirmAnswer.WhatIf;
        IsRefused = true;
        return ConfirmAnswer.No;
    }));

    public async Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience)
    {
        if (HostAbilities.HasConsented(pipeline)) return true;
        string count = audience.People is { } people ? string.Create(CultureInfo.InvariantCulture, $"{people:N0} {(people == 1 ? "person" : "people")}") : "an unknown number of people (the service does not say how many)";
        string whom = message.Kind == RecipientKind.Group ? $"the group '{audience.Name}'" : $"the project '{audience.Name}'";
        string risk = message.Kind == RecipientKind.AllMembers
            ? $" It is one list: where Open Humans cannot mail one member, those behind get nothing, and nobody is told. One by one it goes with: {CmdletNames.OfJob(Job.SendToProjectMembers, message.Connection.Registration is null ? "" : message.Connection.Account)}"
            : "";
        bool isWanted = await pipeline.ShouldContinueAsync(
            $"{whom[..1].ToUpperInvariant()}{whom[1..]} has {count}.{risk} A sent message cannot be taken back. Send it to all of them?",
            $"Send to {count} over account '{message.Connection.Account}'",
            "-Confirm:$false (-Force says yes, too, but sends again what the ledger has as sent)").ConfigureAwait(false);
        IsRefused |= !isWanted;
        return isWanted;
    }

    public void Progress(SendProgress progress)
    {
        if (progress.Total <= FewPeople) return;
        long now = _time.GetTimestamp();
        long last = Interlocked.Read(ref _lastProgress);
        if (last != 0 && _time.GetElapsedTime(last, now) < ProgressInterval) return;
        if (Interlocked.CompareExchange(ref _lastProgress, now, last) != last) return;
        _hasProgress = true;
        TimeSpan? left = progress.Left;
        string rate = string.Create(CultureInfo.InvariantCulture, $"{progress.PerSecond:N1} a second");
        if (options?.PerMinute is { } pace and > 0)
        {
            // The first second's worth goes out at once and says nothing about the rest.
            left = TimeSpan.FromMinutes((progress.Total - progress.Done) / (double)pace);
            rate = string.Create(CultureInfo.InvariantCulture, $"{pace} a minute, done at {Clock(_time.GetUtcNow() + left.Value)}");
        }

        var record = new ProgressRecord(ProgressId, "Sending messages", string.Create(CultureInfo.InvariantCulture, $"{progress.Done:N0} of {progress.Total:N0} people, {rate}"))
        {
            PercentComplete = (int)(100L * progress.Done / Math.Max(1, progress.Total)),
            SecondsRemaining = left is { } time ? (int)Math.Min(time.TotalSeconds, int.MaxValue) : -1,
        };
        _ = ShowAsync(() => pipeline.WriteProgressAsync(record));
    }

    /// <inheritdoc/>
    public bool WantsCalls { get; } = HostAbilities.IsVerbose(pipeline);

    public void CallEnded(SentCall call)
    {
        string whom = call.Messages == 1 ? call.FirstRecipient : string.Create(CultureInfo.InvariantCulture, $"{call.FirstRecipient} and {call.Messages - 1:N0} more");
        string answer = call.HttpStatus is { } http ? string.Create(CultureInfo.InvariantCulture, $", HTTP {http}") : "";
        string tries = call.Attempts > 1 ? string.Create(CultureInfo.InvariantCulture, $", {call.Attempts} tries") : "";
        string took = call.Elapsed is { } elapsed ? string.Create(CultureInfo.InvariantCulture, $", {elapsed.TotalMilliseconds:N0} ms") : "";
        _ = ShowAsync(() => pipeline.WriteVerboseAsync($"{call.Account} to {whom}: {call.Status}{answer}{tries}{took}."));
    }

    public void Waiting(DateTimeOffset until, TimeSpan left)
    {
        _hasProgress = true;
        ProgressRecord record = left > TimeSpan.Zero
            ? new ProgressRecord(ProgressId, "Waiting to send", $"Until {Clock(until)}, {(left.Days > 0 ? $"{left.Days} d " : "")}{left:hh\\:mm\\:ss} from now") { SecondsRemaining = (int)Math.Min(left.TotalSeconds, int.MaxValue) }
            : new ProgressRecord(ProgressId, "Waiting to send", "Now") { RecordType = ProgressRecordType.Completed };
        _ = ShowAsync(() => pipeline.WriteProgressAsync(record));
    }

    /// <summary>Takes the progress bar away, and tells what stopped the send: once, with all rows that it kept back.</summary>
    public async Task CompleteAsync()
    {
        if (_hasProgress) await pipeline.WriteProgressAsync(new ProgressRecord(ProgressId, "Sending messages", "Done") { RecordType = ProgressRecordType.Completed }).ConfigureAwait(false);
        foreach ((MessagingException stop, List<SendResult> kept) in _stops.Values)
        {
            // A few that have each an error of their own are told one by one.
            if (kept.Count <= FewPeople && kept.TrueForAll(static result => result.Error is not null))
            {
                foreach (SendResult result in kept) await pipeline.WriteErrorAsync(ErrorRecords.From(result.Error!, Target(result), prefix: Lead(result))).ConfigureAwait(false);
                continue;
            }

            List<SendRow> rows = kept.ConvertAll(static result => result.Row);
            object target = rows.Count == 1 ? Target(rows[0]) : rows.Select(Target).ToArray();
            string which = rows[0].IsListed ? $" (rows {Finding.Numbers(rows)})" : "";
            string many = rows.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" {rows.Count:N0} messages were not sent{which}.");
            await pipeline.WriteErrorAsync(ErrorRecords.From(stop, target, suffix: many)).ConfigureAwait(false);
        }
    }

    private void KeepStop(MessagingException stop, SendResult result)
    {
        // Calls that are under way at once meet a service that is away each by themselves.
        object key = IsOfService(stop) ? (result.Receipt.Account, stop.Reason) : stop;
        if (!_stops.TryGetValue(key, out (MessagingException Stop, List<SendResult> Kept) share)) _stops.Add(key, share = (stop, []));
        share.Kept.Add(result);
    }

    private static bool IsOfService(MessagingException error)
        => error.Reason is MessagingErrorReason.ConnectionFailed or MessagingErrorReason.RateLimited or MessagingErrorReason.ServiceUnavailable;

    private static object Target(Finding finding) => finding.AlsoRows.Count == 0
        ? Target(finding.Row)
        : finding.AlsoRows.Prepend(finding.Row).Select(Target).ToArray();

    private static object Target(SendRow row) => row.Source ?? row.Recipient.Id;

    private IEnumerable<string> When(SendOptions times)
    {
        if (times.NotBefore is { } first && first > _time.GetUtcNow()) yield return $"Nothing leaves before {Clock(first)}.";
        if (times.NotAfter is { } end) yield return $"Nothing leaves after {Clock(end)}: what is left then fails.";
    }

    private string Clock(DateTimeOffset moment) => TimeText.Shown(moment, _time.LocalTimeZone);

    private async Task KeepUnsentAsync(IReadOnlyList<SendResult> results)
    {
        if (unsent is null || _cannotKeep) return;
        try
        {
            unsent.Add(results);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MessagingException)
        {
            // The receipts say it all the same; a file is no reason to lose one.
            _cannotKeep = true;
            await pipeline.WriteWarningAsync($"The file for what is not sent cannot be written any more: {e.Message} Keep the receipts instead.").ConfigureAwait(false);
        }
    }

    // A bar that cannot be shown (the pipeline has just ended) is no reason to fail.
    private async Task ShowAsync(Func<Task> show)
    {
        try
        {
            await show().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _hasProgress = false;
        }
    }
}
