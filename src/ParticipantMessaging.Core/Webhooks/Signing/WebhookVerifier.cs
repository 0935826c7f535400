using System.Globalization;
using System.Security.Cryptography;

namespace ParticipantMessaging.Webhooks;

/// <summary>Checks signatures over raw bytes, in constant time, against one or several secrets.</summary>
public sealed class WebhookVerifier
{
    private readonly WebhookKey[] _keys;
    private readonly WebhookKey[] _otherKeys;
    private readonly TimeProvider _time;

    /// <summary>Makes one.</summary>
    /// <param name="keys">The secrets of which any may match: more than one while a secret is being replaced.</param>
    /// <param name="maxAge">How far the request's timestamp may lie from now, in both directions; null for no limit. A strict
    /// limit can turn late retries away, if the provider does not sign them anew (which is not documented).</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="otherKeys">Secrets that do not count, but that a signature is tried against to explain why it does not match.</param>
    /// <exception cref="ArgumentException">There is no secret, or <paramref name="maxAge"/> is negative.</exception>
    public WebhookVerifier(
        IEnumerable<WebhookKey> keys,
        TimeSpan? maxAge = null,
        TimeProvider? timeProvider = null,
        IEnumerable<WebhookKey>? otherKeys = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _keys = keys.ToArray();
        _otherKeys = otherKeys?.ToArray() ?? [];
        if (_keys.Length == 0) throw new ArgumentException("At least one secret is needed.", nameof(keys));
        if (maxAge < TimeSpan.Zero) throw new ArgumentException("The age must not be negative.", nameof(maxAge));
        MaxAge = maxAge;
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>How far the request's timestamp may lie from now; null for no limit.</summary>
    public TimeSpan? MaxAge { get; }

    /// <summary>Checks a signature; nothing of the body is read but its bytes.</summary>
    /// <param name="body">The raw bytes.</param>
    /// <param name="timestamp">The request timestamp's text; null when the request has none.</param>
    /// <param name="signature">The signature's text; null when the request has none.</param>
    /// <returns>The result; a signature that does not match is always <see cref="SignatureProblem.WrongSecret"/> here.</returns>
    public WebhookSignatureResult Check(ReadOnlySpan<byte> body, string? timestamp, string? signature)
    {
        if (string.IsNullOrWhiteSpace(signature)) return Result(SignatureProblem.SignatureMissing, timestamp);
        if (string.IsNullOrWhiteSpace(timestamp)) return Result(SignatureProblem.TimestampMissing, timestamp);
        if (!WebhookSignature.TryDecode(signature, out byte[]? claimed)) return Result(SignatureProblem.SignatureNotBase64, timestamp);
        if (!TryReadTimestamp(timestamp, out DateTimeOffset sentAt)) return Result(SignatureProblem.TimestampNotANumber, timestamp);
        if (!Matches(_keys, timestamp, body, claimed)) return Result(SignatureProblem.WrongSecret, timestamp);

        // Only a request that is known to be genuine is told that it is late.
        return MaxAge is { } limit && (_time.GetUtcNow() - sentAt).Duration() > limit
            ? Result(SignatureProblem.TimestampOutsideWindow, timestamp)
            : Result(SignatureProblem.None, timestamp);
    }

    /// <summary>Checks a signature and, where it does not match, tries what usually goes wrong.</summary>
    /// <param name="body">The raw bytes.</param>
    /// <param name="timestamp">The request timestamp's text; null when the request has none.</param>
    /// <param name="signature">The signature's text; null when the request has none.</param>
    /// <returns>The result with the reason found.</returns>
    public WebhookSignatureResult Diagnose(ReadOnlyMemory<byte> body, string? timestamp, string? signature)
    {
        WebhookSignatureResult checkedResult = Check(body.Span, timestamp, signature);
        if (checkedResult.IsValid) return checkedResult;
        var diagnosis = new SignatureDiagnosis(_keys, _otherKeys);
        return diagnosis.Find(body, timestamp, signature, checkedResult.Reason) is { } found
            ? Result(found.Problem, timestamp, found.Detail)
            : checkedResult;
    }

    /// <summary>Whether another one has just the same secrets.</summary>
    internal bool HasSecretsOf(WebhookVerifier other)
        => _keys.Length == other._keys.Length && Array.TrueForAll(_keys, key => Array.Exists(other._keys, one => one.Utf8.SequenceEqual(key.Utf8)));

    /// <summary>UNIX seconds, also with a fraction, also beyond 2038; the year 1 is how programs in Go write that there is none.</summary>
    internal static bool TryReadTimestamp(string? text, out DateTimeOffset time)
    {
        time = default;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal seconds)) return false;
        if (seconds < -62_104_060_800m || seconds > 253_402_300_799m) return false;
        time = DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    internal static bool Matches(ReadOnlySpan<WebhookKey> keys, string timestamp, ReadOnlySpan<byte> body, ReadOnlySpan<byte> claimed)
    {
        Span<byte> expected = stackalloc byte[WebhookSignature.Size];
        bool matches = false;
        foreach (WebhookKey key in keys)
        {
            WebhookSignature.Hash(key, timestamp, body, expected);

            // No early end: how long it takes must not say which of the secrets it was.
            matches |= CryptographicOperations.FixedTimeEquals(expected, claimed);
        }

        return matches;
    }

    private WebhookSignatureResult Result(SignatureProblem problem, string? timestamp, string? detail = null)
    {
        DateTimeOffset? sentAt = TryReadTimestamp(timestamp, out DateTimeOffset time) ? time : null;
        return new WebhookSignatureResult
        {
            IsValid = problem == SignatureProblem.None,
            Reason = problem.ToString(),
            Message = SignatureTexts.Describe(problem, detail, sentAt, MaxAge),
            Timestamp = sentAt,
            Age = sentAt is null ? null : _time.GetUtcNow() - sentAt,
        };
    }
}
