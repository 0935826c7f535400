using System.Globalization;

namespace ParticipantMessaging.Sending;

/// <summary>Whoever watches a send: shows results, answers questions. All members but <see cref="Progress"/> are called one at a time.</summary>
public interface ISendConsole
{
    /// <summary>A finding of the check.</summary>
    /// <param name="finding">The finding.</param>
    /// <returns>Completes when it is shown.</returns>
    Task FindingAsync(Finding finding);

    /// <summary>Receipts of rows, in their order, each with its error where there is one.</summary>
    /// <param name="results">The results; at least one.</param>
    /// <returns>Completes when they are shown.</returns>
    Task ResultsAsync(IReadOnlyList<SendResult> results);

    /// <summary>An error that is about the list, or about many rows of it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="rows">Rows to point at; of many the first few, empty when there is none.</param>
    /// <returns>Completes when it is shown.</returns>
    Task ErrorAsync(MessagingException error, IReadOnlyList<SendRow> rows);

    /// <summary>Something to know.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Completes when it is shown.</returns>
    Task WarningAsync(string text);

    /// <summary>Asks whether to send.</summary>
    /// <param name="summary">How many people, which study and account, and the texts.</param>
    /// <returns>The answer.</returns>
    Task<ConfirmAnswer> ConfirmAsync(SendSummary summary);

    /// <summary>Asks once more before a message goes to a whole group or all members. Consent that was given beforehand is an answer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="audience">Whom it reaches.</param>
    /// <returns>True to send.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.ConfirmationRequired"/>: nobody can be asked here.</exception>
    Task<bool> ConfirmAudienceAsync(PreparedMessage message, Audience audience);

    /// <summary>It waits for <see cref="SendOptions.NotBefore"/>; about once a second. Must not block.</summary>
    /// <param name="until">When it goes on.</param>
    /// <param name="left">How long that is; zero when the wait is over.</param>
    void Waiting(DateTimeOffset until, TimeSpan left)
    {
    }

    /// <summary>How far it is. Called from any thread; must not block.</summary>
    /// <param name="progress">How far.</param>
    void Progress(SendProgress progress);

    /// <summary>Whether <see cref="CallEnded"/> is wanted.</summary>
    bool WantsCalls => false;

    /// <summary>A call has ended. Called from any thread; must not block.</summary>
    /// <param name="call">The call.</param>
    void CallEnded(SentCall call)
    {
    }
}

/// <summary>One call to a service that has ended. It names nobody's text and no token.</summary>
/// <param name="Account">The account's name.</param>
/// <param name="FirstRecipient">The id of the person, or of the first of several; <c>group:…</c> or <c>*</c> for a group and for all members.</param>
/// <param name="Messages">How many messages were in it.</param>
/// <param name="Status">The status of their receipts.</param>
/// <param name="HttpStatus">The service's answer; null when there was none.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Elapsed">How long it took, waits included; null when that is not known.</param>
public readonly record struct SentCall(string Account, string FirstRecipient, int Messages, string Status, int? HttpStatus, int Attempts, TimeSpan? Elapsed);

/// <summary>The answer to a question before sending.</summary>
public enum ConfirmAnswer
{
    /// <summary>Send.</summary>
    Yes,

    /// <summary>Do not send.</summary>
    No,

    /// <summary>Only show what would be sent.</summary>
    WhatIf,
}

/// <summary>How far a send is.</summary>
/// <param name="Done">People whose outcome is known.</param>
/// <param name="Total">People in all.</param>
/// <param name="PerSecond">People a second so far.</param>
/// <param name="Left">Time left at that rate; null when it cannot be told yet.</param>
public readonly record struct SendProgress(long Done, long Total, double PerSecond, TimeSpan? Left);

/// <summary>How far a send has come; to be said when it did not come to its end.</summary>
/// <param name="Sent">Messages that were sent or queued.</param>
/// <param name="Unknown">Messages of which it is not known.</param>
/// <param name="Total">Rows that were taken.</param>
public readonly record struct SendStop(int Sent, int Unknown, int Total)
{
    /// <summary>Of the rows, those whose people had their message before, so that none was sent to them.</summary>
    public int Before { get; init; }

    /// <summary>Of the rows, those that wait because an earlier run does not know whether their message arrived.</summary>
    public int OpenBefore { get; init; }

    /// <summary>The rows came one by one: how many were still to come is not known.</summary>
    public bool IsOfStream { get; init; }

    /// <summary>In words: what this run has sent of what it had to send, and what others had done before it.</summary>
    /// <returns>A few sentences.</returns>
    public string Describe()
    {
        int own = Total - Before - OpenBefore;
        int open = Unknown + OpenBefore;
        string sent = own == Total ? IsOfStream ? $"{N(Sent)} sent of the {N(Total)} that had come." : $"{N(Sent)} of {N(Total)} sent." : own > 0 ? $"{N(Sent)} of {N(own)} sent in this run" : "this run had nothing to send";
        string before = own == Total ? "" : Before > 0 ? $"; {N(Before)} of the list had it before." : ".";
        string rest = own > 0 && (IsOfStream || Sent + Unknown < own) ? " The same command goes on with the rest." : "";
        string unknown = open > 0 ? $" Of {N(open)} it is not known: {Wording.By(Job.FindUnknown)} looks." : "";
        return $"Stopped: {sent}{before}{rest}{unknown}";
    }

    private static string N(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
