using System.Globalization;
using System.Security.Authentication;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>Turns what went wrong with a call into the one exception, in words for a researcher.</summary>
internal sealed class Failures
{
    private readonly ServiceConnection _connection;
    private readonly ServiceRequest _request;
    private readonly int _attempts;

    public Failures(ServiceConnection connection, ServiceRequest request, int attempts)
    {
        _connection = connection;
        _request = request;
        _attempts = attempts;
    }

    private string Service => _connection.Provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans";

    private string StatusPage => _connection.Provider == MessagingProvider.Prolific
        ? " (https://status.prolific.com shows known problems)"
        : "";

    private bool IsRead => _request.Kind == CallKind.Read;

    /// <summary>An answer that is not 2xx.</summary>
    public MessagingException FromStatus(int status, ErrorBody body, TimeSpan? retryAfter, DateTimeOffset? serviceTime)
    {
        string said = body.Message is null ? $"({Text(status)})" : $"({Text(status)}: {body.Message.TrimEnd('.')})";
        MessagingException Make(MessagingErrorReason reason, string message, string action, CallEffect effect = CallEffect.None) => new(reason, message, action)
        {
            HttpStatus = status,
            Attempts = _attempts,
            Effect = effect,
            ServiceMessage = body.Message,
            FieldErrors = body.FieldErrors,
            Request = _request.Display,
            RetryAfter = retryAfter,
            ServiceTime = serviceTime,
        };

        switch (status)
        {
            case 401:
                return Make(MessagingErrorReason.AuthenticationFailed, $"{Service} does not accept the token of account '{_connection.Account}' {said}.", TokenAdvice());
            case 403:
                return Make(
                    MessagingErrorReason.PermissionDenied,
                    $"{Service} does not allow this to account '{_connection.Account}' {said}.",
                    "Check that the account is the right one and that it owns the study, group or workspace, or was given access to it.");
            case 404 when _request.MayBeSwitchedOff:
                return Make(
                    MessagingErrorReason.NotFound,
                    $"{Service} has nothing at {_request.Path} for account '{_connection.Account}' {said}: it does not exist, or this account may not see it, or the feature is not switched on for this workspace.",
                    "Check the id, then whether the account is a member of the workspace, then ask Prolific's support whether the feature is enabled for it.");
            case 404:
                return Make(
                    MessagingErrorReason.NotFound,
                    $"{Service} has nothing at {_request.Path} for account '{_connection.Account}' {said}: it does not exist, or this account may not see it.",
                    "Check the id, and that the account is the one that owns it.");
            case 429:
                return Make(MessagingErrorReason.RateLimited, $"{Service} says that there were too many requests {said}, after {Tries()}.", "Wait some minutes and run the command again.");
            case 407:
                return Make(
                    MessagingErrorReason.ConnectionFailed,
                    $"The proxy on the way to {Service} wants a sign-in {said}; the request did not get there.",
                    "Name the proxy with its user and password (HTTPS_PROXY=http://user:password@host:port), or ask whoever runs the network.");
            case 511 when IsRead:
                return Make(
                    MessagingErrorReason.ConnectionFailed,
                    $"The network on the way to {Service} wants a sign-in {said}.",
                    "Open any web page in a browser on this computer, sign in there, and run the command again.");
            case 408 or >= 500 when !IsRead:
                return Unknown($"{(status == 511 ? $"The network on the way to {Service} wants a sign-in" : $"{Service} failed while it worked on the request")} {said}.", status, body, null, serviceTime);
            case >= 400 when !IsRead && !IsRefusal(status, body):
                return Unknown($"{Service} gave no answer that says whether the request was carried out {said}.", status, body, null, serviceTime);
            case 408 or >= 500:
                return Make(MessagingErrorReason.ServiceUnavailable, $"{Service} failed {said}, after {Tries()}.", $"Try again later{StatusPage}.");
            case 303 when !IsRead:
                return Unknown($"{Service} answered with a redirect {said}.", status, body, null, serviceTime);
            case >= 300 and < 400:
                return Make(
                    MessagingErrorReason.InvalidResponse,
                    $"{Service} answered with a redirect {said}, which is not followed because the token would travel with it.",
                    $"Check the base address of the account ({Wording.By(Job.ListAccounts)}): it must be the host root that the service itself uses.");
            case 405 or 406 or 415 or < 400:
                return Make(MessagingErrorReason.InvalidResponse, $"{Service} answered in a way that it does not document {said}.", "Check the base address of the account; if it is right, the service has changed: look for a newer version of this module.");
            default:
                return Make(MessagingErrorReason.InvalidRequest, $"{Service} refuses the request {said}.", "Correct what the service names and try again.");
        }
    }

    /// <summary>
    /// Whether a 4xx is the service's refusal. What something on the way gave up (425, 460, 499) may have been carried out, and so may what
    /// ends in a status that neither service documents, without a word.
    /// </summary>
    private static bool IsRefusal(int status, ErrorBody body)
        => status is not (425 or 460 or 499)
            && (body.Message is not null || status is 400 or 401 or 403 or 404 or 405 or 406 or 407 or 409 or 413 or 415 or 422 or 429);

    /// <summary>The service asks for a longer wait than is allowed.</summary>
    public MessagingException WaitTooLong(int? status, TimeSpan wait, ErrorBody? body) => new(
        MessagingErrorReason.RateLimited,
        $"{Service} asks to wait {Length(wait)} before the next call, which is longer than the {Length(_connection.MaxRetryWait)} that are allowed.",
        _request.Kind == CallKind.Send ? $"Run the command again in {Length(wait)}, or allow a longer wait with {Wording.Option("MaxRetryWait")}." : $"Run the command again in {Length(wait)}.")
    {
        HttpStatus = status,
        Attempts = _attempts,
        ServiceMessage = body?.Message,
        FieldErrors = body?.FieldErrors ?? new Dictionary<string, IReadOnlyList<string>>(),
        Request = _request.Display,
        RetryAfter = wait,
    };

    /// <summary>No connection, or it broke.</summary>
    public MessagingException FromNetwork(Exception cause, bool mayHaveLeft)
    {
        if (!IsRead && mayHaveLeft) return Unknown($"The connection to {Service} broke after the request had left.", null, null, cause);
        string host = _connection.BaseUri.Authority;
        bool security = IsSecurity(cause);
        return new MessagingException(
            MessagingErrorReason.ConnectionFailed,
            security
                ? $"No secure connection to {host}: {Reason(cause)}."
                : $"No connection to {host} after {Tries()}: {Reason(cause)}.",
            security
                ? "Check the date of this computer and the base address; a proxy or virus scanner that opens encrypted connections causes this too."
                : "Check the network, the proxy settings (HTTPS_PROXY) and the base address of the account.",
            cause)
        {
            Attempts = _attempts,
            Request = _request.Display,
            IsSecurityFailure = security,
        };
    }

    /// <summary>No answer in time.</summary>
    public MessagingException FromTimeout(Exception cause, bool mayHaveLeft)
    {
        if (!IsRead && mayHaveLeft) return Unknown($"{Service} did not answer within {Length(_connection.CallTimeout)}.", null, null, cause);
        return new MessagingException(
            MessagingErrorReason.Timeout,
            $"{Service} did not answer within {Length(_connection.CallTimeout)}{(IsRead ? "" : "; the request had not left")}.",
            $"Try again, or allow more time with {Wording.Option("TimeoutSec")}{StatusPage}.",
            cause)
        {
            Attempts = _attempts,
            Request = _request.Display,
        };
    }

    /// <summary>Stopped by the user after the request had left.</summary>
    public MessagingException FromStop(Exception cause) => Unknown("It was stopped while the request was under way.", null, null, cause);

    /// <summary>A good status, but an answer that cannot be read.</summary>
    public MessagingException Unreadable(string what, int? status, Exception? cause = null)
    {
        if (!IsRead) return Unknown($"{Service} answered{(status is { } s ? $" ({Text(s)})" : "")}, but {what}.", status, null, cause);
        return new MessagingException(
            MessagingErrorReason.InvalidResponse,
            $"The answer of {Service} to {_request.Display} cannot be used: {what}.",
            "Check the base address of the account and that no proxy answers in place of the service; if both are right, the service has changed: look for a newer version of this module.",
            cause)
        {
            HttpStatus = status,
            Attempts = _attempts,
            Request = _request.Display,
        };
    }

    private MessagingException Unknown(string what, int? status, ErrorBody? body, Exception? cause, DateTimeOffset? serviceTime = null)
    {
        bool send = _request.Kind == CallKind.Send || _request.CarriesMessage;
        return new MessagingException(
            MessagingErrorReason.OutcomeUnknown,
            send
                ? $"{what} The message may or may not have been sent, so it is not repeated."
                : $"{what} The change may or may not have been made, so it is not repeated.",
            send
                ? _connection.Provider == MessagingProvider.OpenHumans
                    ? $"Open Humans cannot be asked: ask somebody of the list, then settle it {Wording.By(Job.SettleByHand)}."
                    : $"Look the message up with {Wording.By(Job.SettleUnknown)} before you send it again."
                : "Look at the present state with the matching Get- command before you try again.",
            cause)
        {
            HttpStatus = status,
            Attempts = _attempts,
            Effect = CallEffect.Unknown,
            ServiceTime = serviceTime,
            ServiceMessage = body?.Message,
            FieldErrors = body?.FieldErrors ?? new Dictionary<string, IReadOnlyList<string>>(),
            Request = _request.Display,
        };
    }

    public static bool IsSecurity(Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException) return true;
        }

        return false;
    }

    /// <summary>A length of time in words: 45 seconds, 5 minutes, 2.5 hours.</summary>
    public static string Length(TimeSpan time)
    {
        static string Of(double value, string unit)
        {
            string number = value.ToString("0.#", CultureInfo.InvariantCulture);
            return number == "1" ? $"1 {unit}" : $"{number} {unit}s";
        }

        if (time < TimeSpan.FromSeconds(91)) return Of(time.TotalSeconds, "second");
        return time < TimeSpan.FromMinutes(91) ? Of(time.TotalMinutes, "minute") : Of(time.TotalHours, "hour");
    }

    private string Tries() => _attempts == 1 ? "1 try" : $"{_attempts.ToString(CultureInfo.InvariantCulture)} tries";

    private string TokenAdvice() => _connection.Provider == MessagingProvider.Prolific
        ? $"Make a new token at https://app.prolific.com/researcher/tokens/ and store it {Wording.By(Job.StoreToken)}."
        : $"Open Humans master tokens expire after 24 hours unless an administrator of Open Humans switched that off for the project. Refresh the token on the project's page and store it {Wording.By(Job.StoreToken)}.";

    private string Reason(Exception cause)
    {
        Exception innermost = cause.GetBaseException();
        return _connection.Token.Scrub(innermost.Message)!.TrimEnd('.');
    }

    private static string Text(int status) => "HTTP " + status.ToString(CultureInfo.InvariantCulture);
}
