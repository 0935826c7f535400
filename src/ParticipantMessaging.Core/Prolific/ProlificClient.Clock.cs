using System.Globalization;

namespace ParticipantMessaging.Prolific;

/// <content>The service's clock.</content>
public sealed partial class ProlificClient
{
    /// <summary>How far the service's clock is ahead of ours (the <c>Date</c> header of <c>GET users/me/</c>, right to a second); zero when it does not say.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Negative when it is behind.</returns>
    internal async Task<TimeSpan> MeasureClockAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset asked = Clock.GetUtcNow();
        (ProlificUser _, string? header) = await _reader.GetWithHeaderAsync(Get("/api/v1/users/me/"), ProlificJson.User, "Date", cancellationToken).ConfigureAwait(false);
        DateTimeOffset middle = asked + ((Clock.GetUtcNow() - asked) / 2);

        // The header leaves out the fraction of the second: half a second on average.
        return DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset theirs)
            ? theirs + TimeSpan.FromSeconds(0.5) - middle
            : TimeSpan.Zero;
    }
}
