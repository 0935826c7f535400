namespace ParticipantMessaging.Prolific;

/// <content>The service's clock.</content>
public sealed partial class ProlificClient
{
    /// <summary>How far the service's clock is ahead of ours (the <c>Date</c> header of <c>GET users/me/</c>, right to a second); zero when it does not say.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Negative when it is behind.</returns>
    internal async Task<TimeSpan> MeasureClockAsync(CancellationToken cancellationToken)
    {
        // What had to be waited for before the answered try is no part of its way.
        (ProlificUser _, TimeSpan ahead) = await _reader.GetWithAsync(
            Get("/api/v1/users/me/"),
            ProlificJson.User,
            static answer => answer.ServiceTime is { } theirs

                // The header leaves out the fraction of the second: half a second on average.
                ? theirs + TimeSpan.FromSeconds(0.5) - (answer.AskedAt + ((answer.AnsweredAt - answer.AskedAt) / 2))
                : TimeSpan.Zero,
            cancellationToken).ConfigureAwait(false);
        return ahead;
    }
}
