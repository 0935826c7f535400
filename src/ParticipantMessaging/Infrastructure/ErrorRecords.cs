using System.Management.Automation;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// The one place where an exception becomes an error record: a stable id <c>ParticipantMessaging.&lt;Reason&gt;</c>, an exact category,
/// the input object as target, and details that say what to do.
/// </summary>
internal static class ErrorRecords
{
    /// <summary>What every error id begins with.</summary>
    public const string Prefix = "ParticipantMessaging.";

    /// <summary>Makes the record of an exception.</summary>
    /// <param name="error">What happened.</param>
    /// <param name="target">The input object that it happened to; null when there is none.</param>
    /// <param name="category">Overrides the reason's category.</param>
    /// <param name="prefix">Comes before the message, such as "Row 7: ".</param>
    /// <param name="suffix">Comes behind it.</param>
    public static ErrorRecord From(Exception error, object? target, ErrorCategory? category = null, string prefix = "", string suffix = "")
    {
        ArgumentNullException.ThrowIfNull(error);
        MessagingException failure = AsMessagingException(error);
        string text = ShownText.Lines(prefix + Describe(failure) + suffix);
        // Screens show the details, logs $_.Exception.Message: both say the same.
        var record = new ErrorRecord(text == failure.Message ? failure : failure.Saying(text), Prefix + failure.Reason, category ?? CategoryOf(failure), target)
        {
            ErrorDetails = new ErrorDetails(text) { RecommendedAction = ShownText.Lines(failure.RecommendedAction) },
        };

        // The views of errors show the target's text too, a whole row of a spreadsheet perhaps.
        record.CategoryInfo.TargetName = ShownText.Line(record.CategoryInfo.TargetName);
        return record;
    }

    /// <summary>Makes the record of something that is no exception yet.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What happened; ends in a full stop.</param>
    /// <param name="recommendedAction">What to do.</param>
    /// <param name="target">The input object.</param>
    public static ErrorRecord From(MessagingErrorReason reason, string message, string recommendedAction, object? target)
        => From(new MessagingException(reason, message, recommendedAction), target);

    /// <summary>The category of a failure.</summary>
    public static ErrorCategory CategoryOf(MessagingException failure)
    {
        if (failure.IsSecurityFailure) return ErrorCategory.SecurityError;
        return failure.Reason switch
        {
            MessagingErrorReason.AuthenticationFailed => ErrorCategory.AuthenticationError,
            MessagingErrorReason.PermissionDenied => ErrorCategory.PermissionDenied,
            MessagingErrorReason.NotFound => ErrorCategory.ObjectNotFound,
            MessagingErrorReason.InvalidRequest when failure.HttpStatus == 409 => ErrorCategory.ResourceExists,
            MessagingErrorReason.InvalidRequest => ErrorCategory.InvalidArgument,
            MessagingErrorReason.RateLimited => ErrorCategory.LimitsExceeded,
            MessagingErrorReason.ServiceUnavailable => ErrorCategory.ResourceUnavailable,
            MessagingErrorReason.Timeout => ErrorCategory.OperationTimeout,
            MessagingErrorReason.ConnectionFailed => ErrorCategory.ConnectionError,
            MessagingErrorReason.InvalidResponse => IsUnreadable(failure) ? ErrorCategory.InvalidResult : ErrorCategory.ProtocolError,
            MessagingErrorReason.NotSupported => ErrorCategory.InvalidOperation,
            MessagingErrorReason.AccountNotFound => ErrorCategory.ObjectNotFound,
            MessagingErrorReason.SecretNotFound => ErrorCategory.ObjectNotFound,
            MessagingErrorReason.VaultNotInstalled => ErrorCategory.NotInstalled,
            MessagingErrorReason.ConfirmationRequired => ErrorCategory.InvalidOperation,
            MessagingErrorReason.LedgerUnavailable => ErrorCategory.ResourceUnavailable,
            MessagingErrorReason.OutcomeUnknown => CategoryOfUnknown(failure),
            MessagingErrorReason.InvalidSignature => ErrorCategory.SecurityError,
            MessagingErrorReason.ListNotSent => ErrorCategory.InvalidData,
            _ when failure.Reason is >= MessagingErrorReason.InvalidRecipient and <= MessagingErrorReason.ConflictingText => ErrorCategory.InvalidData,
            _ => ErrorCategory.NotSpecified,
        };
    }

    /// <summary>True for the engine's way of leaving a pipeline (<c>Select-Object -First</c>, <c>break</c>, <c>exit</c>), which is no error.</summary>
    public static bool IsEngineFlow(Exception error)
    {
        for (Type? type = error.GetType(); type is not null; type = type.BaseType)
        {
            if (type.FullName == "System.Management.Automation.FlowControlException") return true;
        }

        return false;
    }

    private static MessagingException AsMessagingException(Exception error) => error switch
    {
        MessagingException failure => failure,
        OperationCanceledException or TimeoutException => new MessagingException(
            MessagingErrorReason.Timeout,
            "The call took longer than allowed.",
            "Try again, with a longer -TimeoutSec where the cmdlet has it.",
            error),
        WildcardPatternException => new MessagingException(
            MessagingErrorReason.InvalidRequest,
            Sentence(error.Message),
            "In a pattern * and ? stand for any characters, [ab] for one of several; a backtick before them takes them as they are.",
            error),
        UnauthorizedAccessException or IOException => new MessagingException(
            MessagingErrorReason.InvalidRequest,
            error.Message,
            "Check that the file or folder is there and that you may read and write it.",
            error),
        _ => new MessagingException(
            MessagingErrorReason.InvalidRequest,
            Sentence($"This should not have happened ({error.GetType().Name}): {error.Message}"),
            "Please report it with the command that you ran (without texts and tokens) and $Error[0].Exception.InnerException.",
            error),
    };

    private static ErrorCategory CategoryOfUnknown(MessagingException failure)
    {
        if (failure.HttpStatus >= 500) return ErrorCategory.ResourceUnavailable;
        return failure.InnerException is OperationCanceledException or TimeoutException
            ? ErrorCategory.OperationTimeout
            : ErrorCategory.ConnectionError;
    }

    private static bool IsUnreadable(MessagingException failure) => failure.InnerException is JsonException || failure.HttpStatus is >= 200 and < 300 or null;

    private static string Describe(MessagingException failure)
    {
        if (failure.FieldErrors.Count == 0) return failure.Message;
        var text = new StringBuilder(failure.Message);
        foreach ((string field, IReadOnlyList<string> errors) in failure.FieldErrors)
        {
            foreach (string error in errors)
            {
                if (!failure.Message.Contains(error.TrimEnd('.'), StringComparison.Ordinal)) text.Append('\n').Append("  ").Append(field).Append(": ").Append(error);
            }
        }

        return text.ToString();
    }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
