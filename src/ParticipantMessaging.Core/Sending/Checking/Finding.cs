namespace ParticipantMessaging.Sending;

/// <summary>One thing that is wrong with one row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Reason">What kind; the stable part of the error id.</param>
/// <param name="Column">The column it is about; empty when it is about none.</param>
/// <param name="Value">The value that is wrong; empty when there is none to show.</param>
/// <param name="Message">What is wrong, with row, column and value, for a researcher.</param>
/// <param name="RecommendedAction">What to do.</param>
public sealed record Finding(
    SendRow Row,
    MessagingErrorReason Reason,
    string Column,
    string Value,
    string Message,
    string RecommendedAction)
{
    /// <summary>More rows that the same finding is about (an account that is not there is reported once).</summary>
    public IReadOnlyList<SendRow> AlsoRows { get; init; } = [];
}
